"""The browser page of the workspace: plain files, which ask the control API for everything."""

import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

_FOLDER = Path(__file__).parent / "static"
_NAME = re.compile(r"[a-z_]+\.(css|js|svg)")
_KINDS = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
_HEADERS = {
    # What apps write is data: nothing in it can run, and nothing is fetched from elsewhere.
    "content-security-policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def routes() -> list[BaseRoute]:
    """The page and its parts."""
    return [
        Route("/", _index, methods=["GET"]),
        Route("/page/{name}", _part, methods=["GET"]),
    ]


async def _index(request: Request) -> Response:
    return _file("index.html")


async def _part(request: Request) -> Response:
    name: str = request.path_params["name"]
    if not _NAME.fullmatch(name) or not (_FOLDER / name).is_file():
        return PlainTextResponse("The page has no such part.", 404)
    return _file(name)


def _file(name: str) -> Response:
    path = _FOLDER / name
    return FileResponse(path, media_type=_KINDS[path.suffix], headers=_HEADERS)
