"""What the environment says; faces read it once, at their start."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.call import Effect
from shared.database import database_url, state_folder
from shared.errors import OpsError
from shared.explain import problem

HOSTED = "https://api.mistral.ai"


class NotConfigured(OpsError):
    """A setting is missing or does not fit."""


def _http_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an address such as https://api.mistral.ai")
    return url.rstrip("/")


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


Address = Annotated[str, AfterValidator(_http_address)]


class Settings(BaseSettings):
    """Environment variables, each under the name that users set; secrets never show in a repr."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, extra="ignore")

    api_key: SecretStr | None = Field(None, validation_alias="MISTRAL_API_KEY")
    server_url: Address = Field(HOSTED, validation_alias="MISTRAL_SERVER_URL")
    # It may hold a password.
    database: SecretStr | None = Field(None, validation_alias="DATABASE_URL")
    slack_bot_token: SecretStr | None = Field(None, validation_alias="SLACK_BOT_TOKEN")
    slack_app_token: SecretStr | None = Field(None, validation_alias="SLACK_APP_TOKEN")
    slack_signing_secret: SecretStr | None = Field(None, validation_alias="SLACK_SIGNING_SECRET")
    slack_api_url: Address | None = Field(None, validation_alias="SLACK_API_URL")
    allow: Annotated[Effect, BeforeValidator(_lower)] = Field(
        Effect.READ, validation_alias="WORKFLOW_OPS_ALLOW"
    )
    audit_reads: bool = Field(False, validation_alias="WORKFLOW_OPS_AUDIT_READS")
    state_dir: Path = Field(default_factory=state_folder, validation_alias="WORKFLOW_OPS_STATE_DIR")

    def database_url(self) -> str:
        """The address of the store, with an asyncio driver in it."""
        written = self.database.get_secret_value() if self.database else None
        return database_url(written, self.state_dir)

    def key_for(self, *, sandbox: bool) -> str | None:
        """The API key; a sandbox needs none. Raises NotConfigured."""
        if self.api_key is not None:
            return self.api_key.get_secret_value()
        if sandbox:
            return None
        raise NotConfigured(
            "There is no API key. Set MISTRAL_API_KEY, or use --sandbox for an embedded server."
        )


def read_settings() -> Settings:
    """The settings of this process; raises NotConfigured naming each variable that does not fit."""
    try:
        return Settings()
    except ValidationError as error:
        complaints = [problem(detail) for detail in error.errors(include_url=False)]
        raise NotConfigured(f"Settings: {'; '.join(complaints)}.") from error
