"""The control API: acting as a person, misbehaving as a service, and seeing what comes of it."""

from starlette.routing import BaseRoute

from sandbox.slack.control import acting, reading, running, stream
from sandbox.slack.control.question import route


def routes() -> list[BaseRoute]:
    """Its addresses."""
    return [
        route("POST", "say", acting.say),
        route("POST", "direct", acting.direct),
        route("POST", "command", acting.command),
        route("POST", "click", acting.click),
        route("POST", "fill", acting.fill),
        route("POST", "submit", acting.submit_view),
        route("POST", "close", acting.close_one),
        route("POST", "shortcut", acting.shortcut),
        route("POST", "home", acting.home),
        route("POST", "options", acting.options),
        route("POST", "react", acting.react),
        route("POST", "apps", running.install),
        route("POST", "verify", running.verify),
        route("POST", "faults", running.add_fault),
        route("DELETE", "faults", running.clear_faults),
        route("POST", "clock", running.move_clock),
        route("POST", "limits", running.set_limits),
        route("POST", "channels", running.change_channel),
        route("POST", "tokens", running.change_tokens),
        route("POST", "sockets", running.change_sockets),
        route("GET", "state", reading.state),
        route("GET", "messages", reading.messages),
        route("GET", "views", reading.views),
        route("GET", "calls", reading.calls),
        route("GET", "faults", reading.faults),
        route("GET", "sockets", reading.sockets),
        stream.ROUTE,
    ]
