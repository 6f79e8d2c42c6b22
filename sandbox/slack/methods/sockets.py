"""Where an app asks for a WebSocket."""

from sandbox.slack.limits import Tier
from sandbox.slack.method_call import Method, MethodCall
from sandbox.slack.model import Json


async def open_connection(call: MethodCall) -> Json:
    """The address of a new socket."""
    return {"url": call.slack.sockets.address(call.app.id)}


METHODS = {
    "apps.connections.open": Method(open_connection, scope=None, tier=Tier.T1, token="app"),
}
