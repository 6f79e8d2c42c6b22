"""One request with everything that is known about it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.links import message_url
from bot.message import Message
from bot.parts import Parts
from bot.people import Person
from bot.place import Place
from bot.render import View
from bot.request import By, Origin, Request
from bot.views import Modal
from shared.context import Context

# Arguments that turn the pages of a list.
_PAGES = frozenset({"cursor", "page"})


@dataclass(frozen=True, slots=True)
class Visit:
    """A person, what they ask, where they stand, and the parts of the bot."""

    parts: Parts
    request: Request
    person: Person
    place: Place
    modal: Modal

    @property
    def origin(self) -> Origin:
        """Where they asked."""
        return self.request.origin

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What they gave."""
        return self.request.arguments

    @property
    def context(self) -> Context:
        """The world of the operations they call."""
        return Context(
            api=self.parts.api,
            actor=self.person.actor,
            policy=self.person.policy,
            audit=self.parts.audit,
            database=self.parts.database,
            place=_where(self.origin, self.parts.identity.url),
            clock=self.parts.clock,
        )

    @property
    def view(self) -> View:
        """How results are shown to them."""
        return View(
            now=self.parts.clock(),
            offers=self.person.policy.offers,
            name=self.request.name,
            arguments=self.arguments,
            thread=self._stands_below_its_card,
        )

    @property
    def _stands_below_its_card(self) -> bool:
        implied = self.place.execution_id
        return implied is not None and self.arguments.get("execution_id", implied) == implied

    def asking(self, name: str, arguments: Mapping[str, Any]) -> "Visit":
        """The same visit with another request."""
        return replace(self, request=replace(self.request, name=name, arguments=arguments))

    async def answer(self, message: Message) -> None:
        """Answer them; what a button of an ephemeral list brings takes the place of the list."""
        turns = self.origin.by is By.BUTTON and not _PAGES.isdisjoint(self.arguments)
        await self.parts.replies.answer(self.origin, message, replace=turns)

    async def whisper(self, message: Message) -> None:
        """Say what concerns nobody else."""
        await self.parts.replies.whisper(self.origin, message)


def _where(origin: Origin, workspace_url: str) -> str:
    """The place of the audit trail: the channel, and a link to the message where there is one."""
    where = f"slack {origin.channel or 'direct'} ({origin.by})"
    if not origin.channel or not origin.message_ts or origin.ephemeral:
        return where
    return f"{where} {message_url(workspace_url, origin.channel, origin.message_ts)}"
