"""A filter tried while it is filled in: what it would have matched, in the open form."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from bot.acts.alert_forms import at_its_field, wanted_of
from bot.acts.alert_names import with_zone
from bot.blocks import section
from bot.delivery import Priority, SlackCalls, SlackRefused, SlackUnreachable
from bot.forms import Draft, FieldErrors, submitted, view
from bot.forms.alert_view import dressed
from bot.forms.view import alert
from bot.message import Block
from bot.mrkdwn import line
from bot.render.alerts import trial
from bot.visit import Visit
from shared.alerts.dry_run import dry_run
from shared.alerts.wanted import Wanted
from shared.alerts.words import SCHEDULES, describe, manner_words
from shared.call import Effect
from shared.errors import ApiError, InvalidArguments, OpsError
from shared.operations.alerts_rows import preview
from shared.results import AlertPreview

_log = logging.getLogger(__name__)

_LOOKING = "⏳ Looking at what ended in the last 24 hours…"
_BROKEN = (
    "That could not be tried: internal error {}. The log of the bot says more under that number; "
    "the subscription can be saved all the same."
)
_CORRECT = "Not tried yet: ⚠️ marks what has to be corrected first."
# Somebody closed the form, sent it, or pressed once more: this look is of no use any more.
_OVERTAKEN = ("hash_conflict", "not_found")


@dataclass(frozen=True, slots=True)
class Tried:
    """What a filter would have brought, where that can be known, and what is to be said of it."""

    preview: AlertPreview | None
    notes: tuple[str, ...]


async def try_filter(visit: Visit, open_now: Mapping[str, Any]) -> None:
    """Tell in the open form what its filter would have matched; what is typed into it stays."""
    draft_id = str(open_now.get("private_metadata", ""))
    draft = Draft.of((await visit.parts.drafts.payload(draft_id))["form"])
    state = (open_now.get("state") or {}).get("values") or {}
    sheet = _Sheet(visit.parts.calls, str(open_now["id"]), view(draft, draft_id))
    seen = str(open_now.get("hash", ""))
    asked = _read(visit, draft, state, sheet.plain)
    if isinstance(asked, FieldErrors):
        await sheet.show(seen, [section(_CORRECT)], asked.errors)
        return
    looking = await sheet.show(seen, [section(_LOOKING)])
    if looking is not None:
        await sheet.show(looking, await _told(visit, draft.name, asked))


async def tried(visit: Visit, wanted: Wanted) -> Tried:
    """What a filter would have brought; that it cannot be known now is no error."""
    if wanted.kinds <= SCHEDULES:
        return Tried(None, ("Schedules are looked at from now on.",))
    try:
        found = await dry_run(visit.parts.api, wanted, visit.parts.clock())
    except ApiError as error:
        return Tried(None, (f"What it would have brought lately is not known: {error}",))
    return Tried(preview(found), found.notes)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """An open form, which changes only as long as it is the one that we know."""

    calls: SlackCalls
    view_id: str
    plain: Block

    async def show(
        self, seen: str, told: Sequence[Block], errors: Mapping[str, str] | None = None
    ) -> str | None:
        """Show this in the form with that hash; its new hash, or None where it has another one."""
        body = dressed(self.plain, told, errors)
        asked = {"view_id": self.view_id, "hash": seen, "view": body}
        try:
            shown = await self.calls.call("views.update", asked, Priority.INTERACTIVE)
        except SlackRefused as error:
            if error.error in _OVERTAKEN:
                return None
            raise
        except SlackUnreachable as error:
            # It can be pressed again; an apology would take the place of what is filled in.
            _log.warning("what came of a trial cannot be shown: %s", error)
            return None
        return (shown.get("view") or {}).get("hash")


def _read(
    visit: Visit, draft: Draft, state: Mapping[str, Any], modal: Block
) -> Wanted | FieldErrors:
    read = submitted(draft, state)
    if isinstance(read, FieldErrors):
        return read
    try:
        return wanted_of(read.name, with_zone(visit, read.arguments))
    except InvalidArguments as error:
        return FieldErrors(at_its_field(modal, error))


async def _told(visit: Visit, name: str, wanted: Wanted) -> list[Block]:
    """What came of it, an error too: told anywhere else, it would take the place of the form."""
    try:
        visit.person.policy.check_effect(name, Effect.WRITE)
        found = await tried(visit, wanted)
    except OpsError as error:
        return [alert(line(str(error), 500))]
    except Exception:
        number = uuid4().hex[:8]
        _log.exception("internal error %s in the trial of a filter", number)
        return [alert(_BROKEN.format(number))]
    return trial(describe(wanted), manner_words(wanted), found.preview, found.notes, visit.view)
