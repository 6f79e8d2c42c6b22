"""response_url: five answers within thirty minutes to what a person did."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.slack.faults import Faults
from sandbox.slack.model import App, Json, Message
from sandbox.slack.posting import delete, post, update
from sandbox.slack.refusals import Refusal
from sandbox.slack.workspace import Workspace, new_secret

MOST_USES = 5
LIFETIME = 30 * 60.0


@dataclass(slots=True)
class _Address:
    app_id: str
    user: str
    channel: str
    expires: float
    source: str | None
    uses: int = 0


class Responses:
    """The response addresses of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._addresses: dict[str, _Address] = {}

    def address(self, app: App, user: str, channel: str, source: str | None = None) -> str:
        """An address for what this person did in the channel, with the message `source` if any."""
        token = new_secret()
        expires = self._workspace.clock.now() + LIFETIME
        self._addresses[token] = _Address(app.id, user, channel, expires, source)
        return f"{self._workspace.base_url}/respond/{token}"

    def respond(self, token: str, body: Json) -> None:
        """Do what the app answers; raises `Refusal`."""
        address = self._addresses.get(token)
        if address is None:
            raise Refusal("no_service")
        if self._workspace.clock.now() > address.expires:
            raise Refusal("expired_url")
        if address.uses >= MOST_USES:
            raise Refusal("used_url")
        self._answer(address, body)
        address.uses += 1

    def _answer(self, address: _Address, body: Json) -> None:
        app = self._workspace.apps[address.app_id]
        if app.revoked:
            raise Refusal("token_revoked")
        source = self._source(address)
        if _yes(body.get("delete_original")):
            delete(self._workspace, app, _known(source))
        elif _yes(body.get("replace_original")) and source is not None:
            replace(self._workspace, app, source, body)
        else:
            answer(self._workspace, app, address.user, address.channel, body)

    def _source(self, address: _Address) -> Message | None:
        if address.source is None:
            return None
        return self._workspace.channel(address.channel).message(address.source)


def answer(workspace: Workspace, app: App, user: str, channel: str, body: Json) -> Message | None:
    """Post what an app answers to a command or a click, to that person unless in_channel."""
    if not any(body.get(key) for key in ("text", "blocks", "attachments")):
        return None
    if workspace.channel(channel).archived:
        raise Refusal("is_archived")
    public = body.get("response_type") == "in_channel"
    return post(
        workspace,
        app,
        channel,
        text=_text(body.get("text")),
        blocks=_list(body.get("blocks"), "invalid_blocks"),
        attachments=_list(body.get("attachments"), "invalid_attachments"),
        thread_ts=_text(body.get("thread_ts")),
        metadata=body.get("metadata"),
        to=None if public else user,
    )


def replace(workspace: Workspace, app: App, message: Message, body: Json) -> None:
    """Put the answer in the place of the message, who sees it stays the same."""
    update(
        workspace,
        app,
        message,
        text=_text(body.get("text")) or "",
        blocks=_list(body.get("blocks"), "invalid_blocks"),
        attachments=_list(body.get("attachments"), "invalid_attachments"),
    )


async def endpoint(request: Request) -> Response:
    """An app answers."""
    responses: Responses = request.app.state.slack.responses
    faults: Faults = request.app.state.slack.faults
    try:
        body = _body(await request.body())
        faults.check_blocks("response_url", None, body.get("blocks"))
        responses.respond(request.path_params["token"], body)
    except Refusal as refusal:
        gone = refusal.error in ("no_service", "expired_url", "used_url")
        refused = {"ok": False, "error": refusal.error, **refusal.details}
        return JSONResponse(refused, 404 if gone else 400)
    return JSONResponse({"ok": True})


def _body(raw: bytes) -> Json:
    try:
        text = raw.decode()
        if not text.lstrip().startswith("{"):
            text = dict(parse_qsl(text)).get("payload", "")
        body = json.loads(text)
    except ValueError:
        raise Refusal("invalid_payload") from None
    if not isinstance(body, dict):
        raise Refusal("invalid_payload")
    return body


def _known(message: Message | None) -> Message:
    if message is None:
        raise Refusal("message_not_found")
    return message


def _yes(value: Any) -> bool:
    return value is True or value == "true"


def _text(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise Refusal("invalid_payload")
    return value


def _list(value: Any, error: str) -> list[Json] | None:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise Refusal(error) from None
    if value is not None and not isinstance(value, list):
        raise Refusal(error)
    return value
