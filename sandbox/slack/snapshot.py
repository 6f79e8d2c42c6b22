"""A workspace as a text, and back."""

from pydantic import BaseModel, ConfigDict

from sandbox.slack.model import App, Channel, File, Group, User, View
from sandbox.slack.workspace import Workspace


class Snapshot(BaseModel):
    """All that a workspace remembers; what it hands out for seconds or minutes is not of it."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64", extra="forbid")

    name: str
    team_id: str
    last_ts: int
    last_number: int
    users: dict[str, User]
    groups: dict[str, Group]
    channels: dict[str, Channel]
    apps: dict[str, App]
    files: dict[str, File]
    views: dict[str, View]

    @classmethod
    def of(cls, workspace: Workspace) -> str:
        """The text of a workspace as it is now."""
        # Its parts are what they are declared to be: nothing has to be checked again.
        return cls.model_construct(
            **{name: getattr(workspace, name) for name in cls.model_fields}
        ).model_dump_json()

    @classmethod
    def restored(cls, text: str) -> Workspace:
        """The workspace of a text; raises ValueError when it is none."""
        snapshot = cls.model_validate_json(text)
        workspace = Workspace()
        for name in cls.model_fields:
            setattr(workspace, name, getattr(snapshot, name))
        return workspace
