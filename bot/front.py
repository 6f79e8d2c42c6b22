"""The front of the bot: every delivery from Slack becomes a request of a person."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.acts import act
from bot.acts.alert_forms import agreeing
from bot.acts.alert_threads import below_alert
from bot.acts.alert_trial import try_filter
from bot.acts.forms import form_again, press_in_form, read_form
from bot.acts.shortcuts import shortcut_request
from bot.buttons import Pressed
from bot.forms import message_view
from bot.forms.alert_view import TRY, dressed
from bot.grammar import read
from bot.message import Block
from bot.parts import Parts
from bot.place import Place
from bot.render import View
from bot.render.errors import meant, render_error
from bot.request import By, Origin, Request
from bot.views import Modal, try_view
from bot.visit import Visit
from shared.errors import OpsError

# Slack tells of every look at the tab; people switch between tabs.
_HOME_SECONDS = 10


async def nothing() -> None:
    """No work to do."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A submitted form: errors at its blocks, or the view to show and the work to do."""

    errors: Mapping[str, str] = field(default_factory=dict)
    view: Block | None = None
    work: Callable[[], Awaitable[None]] = nothing


class Front:
    """Turns what comes from Slack into requests, and errors into words."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._looked: dict[str, float] = {}

    @property
    def me(self) -> str:
        """Our own user id, which stands for us in mentions."""
        return self._parts.identity.user_id

    async def typed(self, origin: Origin, text: str, *, plain: bool = False) -> None:
        """A command as a person wrote it; `plain` text has no markup of Slack's in it."""
        asked = read(text, plain=plain)
        await self.run(Request(asked.name, asked.arguments, origin), typed=True)

    async def pressed(self, origin: Origin, button: Pressed) -> None:
        """A button or a menu, anywhere."""
        arguments = button.arguments
        if button.draft is not None:
            arguments = (await self._parts.drafts.payload(button.draft)).get("a", {})
        if button.name == "type":
            await self.typed(origin, str(arguments.get("text", "")), plain=True)
            return
        await self.run(Request(button.name, arguments, origin, confirmed=button.confirmed))

    async def chosen(
        self, origin: Origin, view: Mapping[str, Any], action: Mapping[str, Any]
    ) -> None:
        """Something was pressed inside a form."""
        visit = await self._visit(Request("form", {}, origin), Modal(self._parts.calls, origin))
        if action.get("action_id") == TRY:
            await try_filter(visit, view)
        else:
            await press_in_form(visit, view, action)

    async def read(self, origin: Origin, view: Mapping[str, Any]) -> Reading:
        """What a submitted form says; quick, because its errors have to arrive in three seconds."""
        try:
            read = agreeing(view, await read_form(self._parts, origin, view))
        except OpsError as error:
            return Reading(view=message_view("Not sent", _words(self._parts, error)))
        if not isinstance(read, Request):
            return Reading(errors=read.errors)

        async def work() -> None:
            await self.run(read)

        return Reading(view=message_view("One moment", "⏳ Working on it…"), work=work)

    async def shortcut(self, origin: Origin, callback_id: str, message: Mapping[str, Any]) -> None:
        """A shortcut of the manifest."""
        await self.run(shortcut_request(origin, callback_id, message))

    async def home(self, origin: Origin) -> None:
        """Somebody looks at the App Home."""
        now = time.monotonic()
        if now - self._looked.get(origin.user, -_HOME_SECONDS) >= _HOME_SECONDS:
            self._looked[origin.user] = now
            await self.run(Request("open_home", {}, origin))

    async def run(self, request: Request, *, typed: bool = False) -> None:
        """Do what a person asks, or tell them why not; what was `typed` may leave things out."""
        modal = Modal(self._parts.calls, request.origin)
        try:
            visit = await self._visit(request, modal)
            await act(await below_alert(visit) if typed else visit)
            await modal.end()
        except OpsError as error:
            # A view has no room for the buttons with which to ask again.
            if not await modal.fail(error) or meant(error, self._view(request)):
                await self.apologise(request.origin, error, request)
        finally:
            modal.leave()

    async def apologise(
        self, origin: Origin, error: OpsError, request: Request | None = None
    ) -> None:
        """Tell the person that it did not work, why, and how what they asked for is written."""
        if origin.by is By.FORM and origin.view_id is not None:
            shown = dressed(await form_again(self._parts, origin, error))
            if await try_view(self._parts.calls, origin.view_id, shown):
                return
        await self._parts.replies.whisper(origin, render_error(error, self._view(request)))

    def _view(self, request: Request | None) -> View:
        now = self._parts.clock()
        return View(now, name=request.name, arguments=request.arguments) if request else View(now)

    async def _visit(self, request: Request, modal: Modal) -> Visit:
        origin = request.origin
        person = await self._parts.people.person(origin.user, origin.team)
        place = Place(origin.user, origin.channel or "", await self._implied(origin))
        return Visit(self._parts, request, person, place, modal)

    async def _implied(self, origin: Origin) -> str | None:
        """The execution of the card in whose thread somebody stands."""
        if origin.channel is None or origin.thread_ts is None:
            return None
        return await self._parts.live.execution_at(origin.channel, origin.thread_ts)


def _words(parts: Parts, error: OpsError) -> str:
    return render_error(error, View(now=parts.clock())).text
