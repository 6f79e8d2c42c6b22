"""How whoever looks after the bot learns of its connections."""

from collections.abc import Awaitable, Callable

type Connected = Callable[[], Awaitable[int]]
"""How many connections Slack can use now."""
