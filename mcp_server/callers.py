"""Who calls: the name that the audit trail keeps."""

import getpass
import os
from functools import cache
from typing import TYPE_CHECKING, Any

from mcp.server.auth.middleware.auth_context import get_access_token

from shared.call import Actor
from shared.text import one_line

if TYPE_CHECKING:
    from mcp.server import ServerRequestContext
    from mcp.types import InitializeRequestParams

PLACE = "mcp"


def caller(ctx: "ServerRequestContext[Any]") -> Actor:
    """The local user over stdio, the token's holder over HTTP; the client is as it calls itself."""
    client = _client(ctx.session.client_params)
    if ctx.request is None:
        return Actor("local", local_user(), _via(local_user(), client))
    token = get_access_token()
    subject = (token.subject if token else None) or "loopback"
    return Actor("mcp", subject, _via(subject, client))


@cache
def local_user() -> str:
    """The name of the user who runs this process."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may run as a user without a name
        return str(os.getuid())


def _client(params: "InitializeRequestParams | None") -> str:
    info = params.client_info if params else None
    return one_line(f"{info.name} {info.version}", 80) if info else ""


def _via(name: str, client: str) -> str:
    return f"{name} via {client}" if client else name
