"""Modals: opened in time, and changed while they are open."""

import asyncio
import logging
from collections.abc import Awaitable

from bot.delivery import Priority, SlackCalls, SlackRefused, SlackUnreachable
from bot.forms import loading_view, message_view
from bot.message import Block
from bot.mrkdwn import line
from bot.request import By, Origin
from shared.errors import OpsError

_log = logging.getLogger(__name__)

# A trigger is good for three seconds from the press on; what takes longer to look up than this
# gets a view to wait in, and what is quicker opens at once as what it is.
_SOON_SECONDS = 0.7
_TEXT = 2_000


class NoTrigger(OpsError):
    """A form was wanted where Slack gives no way to open one."""


class Modal:
    """The one modal that a trigger can open: at once with what it shows, or first to wait in."""

    def __init__(self, calls: SlackCalls, origin: Origin) -> None:
        self._calls = calls
        self._origin = origin
        self._timer: asyncio.TimerHandle | None = None
        self._opening: asyncio.Task[str] | None = None
        self._waits = False

    def expect(self, title: str) -> None:
        """Something will probably be shown: keep the trigger from running out."""
        if self._origin.trigger_id is None or self._timer is not None:
            return
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(_SOON_SECONDS, self._open_to_wait, title)

    async def show(self, view: Block) -> None:
        """Open the view, or let it take the place of the one to wait in.

        Raises NoTrigger, SlackRefused.
        """
        if self._opening is None:
            self.leave()
            await self._open(view)
        else:
            await change_view(self._calls, await self._opening, view)
        self._waits = False

    async def conclude(self, title: str, text: str) -> bool:
        """Say in an open view what came of it; answers whether there is one to say it in."""
        self.leave()
        self._waits = False
        view_id = await self._open_view_id()
        if view_id is None:
            return False
        return await try_view(self._calls, view_id, message_view(title, text))

    async def end(self) -> None:
        """What was expected did not come: a view that still waits says that it is done."""
        self.leave()
        if self._waits:
            await self.conclude("Done", "✅ Done.")

    async def fail(self, error: OpsError) -> bool:
        """Show an error in the view that still waits; answers whether there is one."""
        self.leave()
        return self._waits and await self.conclude("That failed", line(str(error), _TEXT))

    def leave(self) -> None:
        """Do not begin to wait any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _open_to_wait(self, title: str) -> None:
        self._waits = True
        self._opening = asyncio.create_task(self._open(loading_view(title)))

    async def _open(self, view: Block) -> str:
        if self._origin.trigger_id is None:
            raise NoTrigger("Slack cannot open a form here. Use the slash command or a button.")
        opened = await self._calls.call(
            "views.open",
            {"trigger_id": self._origin.trigger_id, "view": view},
            Priority.INTERACTIVE,
        )
        return str(opened["view"]["id"])

    async def _open_view_id(self) -> str | None:
        """The view to wait in, or the form that was sent."""
        if self._opening is None:
            return self._origin.view_id if self._origin.by is By.FORM else None
        try:
            return await self._opening
        except OpsError:
            return None


async def open_view(modal: Modal, title: str, making: Awaitable[Block]) -> None:
    """Open the view that is being made, first an empty one when that takes its time.

    Raises NoTrigger, SlackRefused, and what the making meets.
    """
    modal.expect(title)
    await modal.show(await making)


async def change_view(calls: SlackCalls, view_id: str, view: Block) -> bool:
    """Show another view in the place of an open one; answers whether it still was open."""
    try:
        await calls.call("views.update", {"view_id": view_id, "view": view}, Priority.INTERACTIVE)
    except SlackRefused as error:
        if error.error != "not_found":
            raise
        return False
    return True


async def try_view(calls: SlackCalls, view_id: str, view: Block) -> bool:
    """As `change_view`, where there is another way to say it when Slack does not do it."""
    try:
        return await change_view(calls, view_id, view)
    except (SlackRefused, SlackUnreachable) as error:
        _log.warning("a form cannot be changed: %s", error)
        return False
