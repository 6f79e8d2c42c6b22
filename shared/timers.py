"""The time by which timers go off."""

import asyncio


def loop_time() -> float:
    """The seconds by which the running loop sleeps: whoever measures a wait measures it by them."""
    return asyncio.get_running_loop().time()
