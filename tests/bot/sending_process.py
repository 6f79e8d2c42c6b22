"""Starts senders, each a process of its own that a test may kill: DATABASE_URL SLACK_URL TOKEN.

A line on stdin starts one, and the answer is its process id; they share what is loaded already.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

import psycopg  # noqa: F401
import sqlalchemy.dialects.postgresql.psycopg  # noqa: F401
from slack_sdk.web.async_client import AsyncWebClient

import shared.store  # noqa: F401
from bot.delivery import Outbox, Pacing, Sender, SlackCalls, Timing
from shared.database import Database, database_url


async def send(url: str, slack_url: str, token: str) -> None:
    """Send until killed."""
    database = Database(database_url(url, Path()))
    client = AsyncWebClient(token, base_url=f"{slack_url}/api/")
    calls = SlackCalls(client, Pacing(scale=20))
    # A claim ends because its process is gone, and never because this machine is slow.
    timing = Timing(held=60.0, poll=0.05, settling=4.0)
    await Sender(Outbox(database), calls, timing=timing).run()


def main() -> None:
    """Start a sender for each line."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(send(*sys.argv[1:4]))
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
