"""Which process somebody is, and whether a process of this machine is no more."""

import hashlib
import os
import socket
from functools import cache
from pathlib import Path
from uuid import uuid4

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE = Path("/proc/self/ns/pid")
_ENDED = "ZX"


def new_owner() -> str:
    """A name for one owner in this process, by which processes beside it know if it still lives."""
    pid = os.getpid()
    return f"{_place()}.{pid}.{_born(pid)}.{uuid4().hex[:12]}"


def is_gone(owner: str) -> bool:
    """Whether the process of the owner has certainly ended; elsewhere nobody can tell."""
    place, _, rest = owner.partition(".")
    pid, _, rest = rest.partition(".")
    born, _, _ = rest.partition(".")
    if not place or place != _place() or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
        return _born(int(pid)) not in (born, None)
    except ProcessLookupError:
        return True
    except OSError:
        return False


@cache
def _place() -> str:
    """The same for processes that see each other's numbers; nothing where that is not known."""
    try:
        parts = (_BOOT.read_text(), os.readlink(_NAMESPACE), socket.gethostname())
    except OSError:
        return ""
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:12]


def _born(pid: int) -> str | None:
    """When a process began, since numbers are used again; `ended` for one that only lies there."""
    try:
        # The name of the program, in brackets, may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return "ended" if fields[0] in _ENDED else fields[19]
