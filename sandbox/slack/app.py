"""The addresses of a workspace, under whatever root it is served."""

import importlib
import importlib.util

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route, WebSocketRoute

from sandbox.slack import control, responses, sockets, uploads, web_api
from sandbox.slack.local import LocalSlack


def build_slack(slack: LocalSlack) -> Starlette:
    """The application; mount it anywhere and set the workspace's `base_url` to that place."""
    app = Starlette(routes=_routes())
    app.state.slack = slack
    return app


def _routes() -> list[BaseRoute]:
    found: list[BaseRoute] = [
        Route("/api/{method}", web_api.handle, methods=["GET", "POST"]),
        WebSocketRoute("/socket/{ticket}", sockets.endpoint),
        Route("/respond/{token}", responses.endpoint, methods=["POST"]),
        Route("/upload/{token}", uploads.upload, methods=["POST"]),
        Route("/files/{file_id}", uploads.download, methods=["GET"]),
        *control.routes(),
    ]
    if importlib.util.find_spec("sandbox.slack.page"):
        page = importlib.import_module("sandbox.slack.page")
        found += page.routes()
    return found
