"""How our programs begin and end: what is refused at the start, signals, and addresses."""

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Awaitable, Callable

from shared.address import split_address
from shared.errors import OpsError

NOT_CONFIGURED = 2

type Program = Callable[[asyncio.Event], Awaitable[int]]


def run(name: str, program: Program) -> None:
    """Run until the program ends or is told to stop, and exit with its code.

    The event is set by SIGINT and SIGTERM; an OpsError is told in one line and is exit code 2,
    because something about the start has to be changed.
    """
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s"
    )
    try:
        code = asyncio.run(_stoppable(program))
    except OpsError as error:
        sys.stderr.write(f"{name}: {error}\n")
        code = NOT_CONFIGURED
    if code:
        sys.exit(code)


def address(written: str) -> tuple[str, int]:
    """Host and port of an option."""
    try:
        return split_address(written)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


async def _stoppable(program: Program) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows has no such handlers; there, the end of stdin has to do.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    return await program(stop)
