"""The socket of a server, or a reason why there is none."""

import socket

from shared.settings import NotConfigured


def listening_socket(host: str, port: int, backlog: int = 128) -> socket.socket:
    """Bound, and with connections waiting for whoever serves it; raises NotConfigured."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's delay off only for sockets that name their protocol.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(backlog)
    except OSError as error:
        listener.close()
        raise NotConfigured(
            f"Cannot listen on {host} port {port}: {error.strerror or error}."
        ) from error
    return listener


def http_url(listener: socket.socket) -> str:
    """Where the server of a listening socket is reached."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
