"""Runs a command that must not outlive whoever started this: `python -m sandbox.leash CMD...`.

The starter holds the other end of stdin. However the starter dies, the pipe closes, and the command
is ended: politely first, then for good. Where the kernel offers it (Linux), the command also dies
with the leash itself.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading

GRACE_SECONDS = 5.0

_PR_SET_PDEATHSIG = 1


def main() -> int:
    """Run the command; answers its exit code."""
    command = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, preexec_fn=_die_with_parent)
    threading.Thread(target=_end_when_let_go, args=(command,), daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: command.terminate())
    return command.wait()


def _end_when_let_go(command: subprocess.Popen[bytes]) -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    command.terminate()
    try:
        command.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        command.kill()


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
