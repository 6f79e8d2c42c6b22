"""Addresses that a server listens on."""

import ipaddress

_LAST_PORT = 65_535


def split_address(address: str) -> tuple[str, int]:
    """Host and port of HOST:PORT, loopback where HOST is left out; raises ValueError."""
    host, colon, port = address.rpartition(":")
    if not (colon and port.isascii() and port.isdigit()) or int(port) > _LAST_PORT:
        raise ValueError(f"{address!r} is not an address such as 127.0.0.1:8000")
    return host.removeprefix("[").removesuffix("]") or "127.0.0.1", int(port)


def is_loopback(host: str | None) -> bool:
    """Whether only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
