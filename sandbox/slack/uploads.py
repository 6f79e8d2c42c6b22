"""The addresses where files go up and come down."""

import hashlib
import hmac
import mimetypes
import re

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sandbox.slack.local import LocalSlack, slack_of
from sandbox.slack.model import File
from sandbox.slack.workspace import Workspace

_SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp", "text/plain", "application/json")
_GUARDS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "private, no-store",
}


def upload_address(workspace: Workspace, file: File) -> str:
    """Where the content of a file is to be posted; nobody guesses it."""
    return f"{workspace.base_url}/upload/{file.id}-{_seal(workspace, file)}"


async def upload(request: Request) -> Response:
    """Take the content of a file, as the body or as a form, in the length that was announced."""
    workspace = slack_of(request).workspace
    file_id, _, seal = request.path_params["token"].partition("-")
    file = workspace.files.get(file_id)
    if file is None or not hmac.compare_digest(seal, _seal(workspace, file)):
        return PlainTextResponse("No upload is expected here.", 404)
    if file.completed:
        return PlainTextResponse("This upload is complete.", 409)
    content = await _content(request, file.length)
    if content is None or len(content) != file.length:
        return PlainTextResponse(f"Expected {file.length} bytes.", 400)
    file.content = content
    return PlainTextResponse(f"OK - {file.length}")


async def download(request: Request) -> Response:
    """A file's content; an app shows its token, a person's page shows none."""
    slack = slack_of(request)
    file = slack.workspace.files.get(request.path_params["file_id"])
    if file is None or file.content is None or not file.completed:
        return PlainTextResponse("There is no such file.", 404)
    if not _may_read(slack, request.headers.get("authorization")):
        return PlainTextResponse("This token may not read files.", 403)
    kind = content_type(file.name)
    shown = "inline" if kind in _SHOWN else "attachment"
    headers = {**_GUARDS, "content-disposition": f"{shown}; {_name(file.name)}"}
    charset = "; charset=utf-8" if kind.startswith("text/") else ""
    return Response(file.content, headers={**headers, "content-type": kind + charset})


def content_type(name: str) -> str:
    """By the name's ending; of what is unknown, plain bytes."""
    kind, encoding = mimetypes.guess_type(name)
    if name.endswith((".log", ".jsonl", ".md", ".yaml", ".yml")):
        return "text/plain"
    return kind if kind is not None and encoding is None else "application/octet-stream"


async def _content(request: Request, length: int) -> bytes | None:
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form(max_files=1) as form:
            for part in form.values():
                if isinstance(part, UploadFile):
                    return await part.read(length + 1)
        return None
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > length:
            return None
    return bytes(content)


def _may_read(slack: LocalSlack, authorization: str | None) -> bool:
    if authorization is None:
        return True
    app = slack.workspace.app_by_token(authorization.removeprefix("Bearer "))
    return app is not None and not app.revoked and "files:read" in app.scopes


def _seal(workspace: Workspace, file: File) -> str:
    app = next(app for app in workspace.apps.values() if app.user == file.user)
    return hmac.new(app.signing_secret.encode(), file.id.encode(), hashlib.sha256).hexdigest()[:32]


def _name(name: str) -> str:
    quoted = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    return f'filename="{quoted}"'
