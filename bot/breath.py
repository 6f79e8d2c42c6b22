"""The pause after an arrival: what comes together is heard before anything is worked on."""

import asyncio

# Longer than Slack leaves between deliveries that come at once, too short for people to notice.
_QUIET_SECONDS = 0.02
_MOST_PAUSES = 15


class Breath:
    """Notices arrivals, and waits until there is a moment without one."""

    def __init__(self) -> None:
        self._arrived_at = 0.0

    def arrived(self) -> None:
        """Something has just come."""
        self._arrived_at = asyncio.get_running_loop().time()

    async def take(self) -> None:
        """Return when nothing more comes, or when it has come for long enough."""
        loop = asyncio.get_running_loop()
        for _ in range(_MOST_PAUSES):
            if loop.time() - self._arrived_at >= _QUIET_SECONDS:
                return
            await asyncio.sleep(_QUIET_SECONDS)
