"""A connection that breaks in the middle of a call."""

import socket
import struct

from starlette.requests import Request
from starlette.responses import Response

_NO_GOODBYE = struct.pack("ii", 1, 0)


async def reset(request: Request) -> Response:
    """Break the connection, as a network does; the response reaches nobody.

    Raises ConnectionResetError where there is no connection to break.
    """
    transport = getattr(getattr(request.receive, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionResetError("The connection was reset, as a fault asked for.")
    # A caller that was killed has broken it already.
    if not transport.is_closing():
        taken = transport.get_extra_info("socket")
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_GOODBYE)
        transport.abort()
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response(status_code=500)
