"""What the environment says about the Slack bot, beside the settings that all faces share."""

from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared.address import split_address
from shared.explain import problem
from shared.settings import NotConfigured

ANYONE = "*"


def _words(value: object) -> object:
    if not isinstance(value, str):
        return value
    return frozenset(word for word in value.replace(",", " ").split() if word)


def _address(value: object) -> object:
    return split_address(value.strip()) if isinstance(value, str) else value


Names = Annotated[frozenset[str], NoDecode, BeforeValidator(_words)]
Address = Annotated[tuple[str, int], NoDecode, BeforeValidator(_address)]


class BotSettings(BaseSettings):
    """Who may do what, and under which command.

    `writers` and `admins` hold user ids (U…), user group ids (S…), group handles (@oncall) or `*`
    for every full member; admins may also cancel, terminate, reset and delete.
    """

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, extra="ignore")

    writers: Names = Field(frozenset[str](), validation_alias="WORKFLOW_OPS_SLACK_WRITERS")
    admins: Names = Field(frozenset[str](), validation_alias="WORKFLOW_OPS_SLACK_ADMINS")
    command: str = Field(
        "/workflows", validation_alias="WORKFLOW_OPS_SLACK_COMMAND", pattern=r"^/[a-z0-9_-]{1,31}$"
    )
    connections: int = Field(2, ge=1, le=10, validation_alias="WORKFLOW_OPS_SLACK_CONNECTIONS")
    metrics: Address | None = Field(None, validation_alias="WORKFLOW_OPS_METRICS")
    sweep_seconds: float = Field(
        5.0, ge=0.1, le=3_600, validation_alias="WORKFLOW_OPS_SWEEP_SECONDS"
    )
    takeover_seconds: float = Field(
        10.0, ge=1, le=300, validation_alias="WORKFLOW_OPS_TAKEOVER_SECONDS"
    )
    """After so long a process that fell silent is taken to be gone, and others do its work."""
    console_url: str | None = Field(None, validation_alias="WORKFLOW_OPS_CONSOLE_URL")


def read_bot_settings() -> BotSettings:
    """The settings of this process; raises NotConfigured naming each variable that does not fit."""
    try:
        return BotSettings()
    except ValidationError as error:
        complaints = [problem(detail) for detail in error.errors(include_url=False)]
        raise NotConfigured(f"Settings: {'; '.join(complaints)}.") from error
