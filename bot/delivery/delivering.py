"""One claimed row, brought to where it is to be."""

import logging
from typing import Any

from bot.blocks import section
from bot.delivery.calls import SlackCalls
from bot.delivery.claims import Claims
from bot.delivery.doubt import look_for, mark
from bot.delivery.errors import SlackRefused, SlackUnreachable
from bot.delivery.ladder import REFUSALS_OF_CONTENT, Form, forms
from bot.delivery.losses import Losses
from bot.delivery.outbox import Outbox
from bot.delivery.outcomes import Outcomes
from bot.delivery.rows import Kind, Posted, Row, fingerprint
from bot.delivery.timing import Timing
from bot.delivery.uploads import bring, sharing
from bot.message import Message
from bot.mrkdwn import line

logger = logging.getLogger(__name__)

POST = "chat.postMessage"
UPDATE = "chat.update"
SHARE = "files.completeUploadExternal"

_BLIND_POSTS = 2
# About changing messages, and not about this one.
_UNCHANGEABLE = frozenset({"cant_update_message", "edit_window_closed", "unknown_method"})
_RATE_LIMITED = "ratelimited"


class Delivering:
    """The ways of a row: posted, changed, shared, looked for, given up."""

    def __init__(
        self,
        outbox: Outbox,
        claims: Claims,
        calls: SlackCalls,
        losses: Losses,
        timing: Timing,
    ) -> None:
        self._outbox = outbox
        self._claims = claims
        self._calls = calls
        self._outcomes = Outcomes(outbox)
        self._losses = losses
        self._timing = timing

    async def deliver(self, row: Row) -> None:
        """Bring the row one step on; its turn was taken, unless the row is doubtful."""
        if self._claims.is_over(row) and not await self._claims.renew(row):
            return
        try:
            if row.doubtful:
                await self._clear_up(row)
            elif row.ts is None:
                await self._post(row)
            else:
                await self._update(row, row.ts)
        except SlackRefused as error:
            await self._refused(row, error)
        except SlackUnreachable as error:
            await self._unreachable(row, error)

    async def _refused(self, row: Row, error: SlackRefused) -> None:
        if error.error == _RATE_LIMITED:
            await self._outcomes.not_sent(row, str(error), failed=False)
        elif error.may_pass:
            logger.warning("%s has to wait: %s", row.key, error)
            await self._outcomes.not_sent(row, str(error))
        elif row.ts is not None and error.error in _UNCHANGEABLE:
            await self._leave(row, row.ts, error)
        else:
            await self._losses.give_up(row, str(error))

    async def _leave(self, row: Row, ts: str, error: SlackRefused) -> None:
        """The message stays as it is; its thread, which goes on, says why."""
        logger.warning("%s in %s stays as it is: %s", row.key, row.channel, error)
        note = f"⚠️ The message stays as it is; what comes is told here. {line(str(error), 300)}"
        await self._outcomes.left(row, ts, Message(note, (section(note),)))

    async def _unreachable(self, row: Row, error: SlackUnreachable) -> None:
        logger.info("%s: %s", row.key, error)
        if row.ts is None and error.maybe_done and error.method in (POST, SHARE):
            self._calls.counters.ambiguous += 1
            await self._outcomes.doubtful(row, str(error), self._timing.settling)
        elif row.ts is not None and error.maybe_done:
            await self._outcomes.unsure(row, str(error), self._timing.settling)
        else:
            await self._outcomes.not_sent(row, str(error))

    async def _post(self, row: Row) -> None:
        if row.kind is Kind.FILE:
            await self._share(row)
            return
        arguments = {
            "channel": row.channel,
            "thread_ts": row.thread_ts,
            # Of a message that is no reply Slack would refuse it.
            "reply_broadcast": (row.message.broadcast and bool(row.thread_ts)) or None,
            "metadata": mark(row.key),
            "unfurl_links": False,
            "unfurl_media": False,
        }
        form, answer = await self._plainer_until_taken(row, POST, arguments)
        self._calls.counters.posted(row.key)
        channel = str(answer.get("channel") or row.channel)
        await self._outcomes.shown(row, str(answer["ts"]), channel, _kept(form), form.rest)

    async def _update(self, row: Row, ts: str) -> None:
        if fingerprint(row.content) == row.sent_hash:
            self._calls.counters.unchanged += 1
            self._calls.pacing.give_back(UPDATE, row.channel)
            await self._outcomes.unchanged(row)
            return
        arguments = {"channel": row.channel, "ts": ts}
        form, _ = await self._plainer_until_taken(row, UPDATE, arguments)
        self._calls.counters.updated(row.key)
        await self._outcomes.shown(row, ts, row.channel, _kept(form), form.rest)

    async def _plainer_until_taken(
        self, row: Row, method: str, arguments: dict[str, Any]
    ) -> tuple[Form, dict[str, Any]]:
        """Send the richest form that Slack takes; raises what it says to the plainest."""
        refusal: SlackRefused | None = None
        for form in forms(row.message, row.step):
            if refusal is not None:
                await self._another_turn(row, method, refusal)
            try:
                return form, await self._calls.attempt(method, {**arguments, **_content(form)})
            except SlackRefused as error:
                if error.error not in REFUSALS_OF_CONTENT:
                    raise
                refusal = error
        assert refusal is not None, "a message has at least one form"
        raise refusal

    async def _another_turn(self, row: Row, method: str, refusal: SlackRefused) -> None:
        logger.warning("%s is shown in a plainer form: %s", row.key, refusal)
        self._calls.counters.stepped_down += 1
        await self._calls.pacing.turn(method, row.channel, row.priority)
        if not await self._claims.renew(row):
            raise _lost(method)

    async def _share(self, row: Row) -> None:
        file_id = await bring(self._calls, row.file, row.priority)
        if not await self._claims.keep_file_id(row, file_id):
            raise _lost(SHARE)
        title, comment = row.file.title or row.file.name, row.content["comment"]
        arguments = sharing(file_id, title, row.channel, row.thread_ts, comment)
        await self._calls.attempt(SHARE, arguments)
        self._calls.counters.files += 1
        await self._outcomes.shown(row, None, row.channel)

    async def _clear_up(self, row: Row) -> None:
        """Adopt what an earlier attempt has left, or try again."""
        if row.kind is Kind.FILE and "file_id" not in row.content:
            # It was not brought to Slack yet, much less shown.
            await self._repeat(row, doubts=1)
            return
        try:
            found = await look_for(self._calls, row)
        except SlackRefused as error:
            if error.may_pass and error.error != "missing_scope":
                raise
            await self._blindly(row, error)
            return
        if found is not None:
            await self._adopt(row, found)
        elif row.kind is Kind.FILE and (rest := self._rest(row, self._timing.sharing)) > 0:
            unseen = "Slack does not show it yet."
            await self._outcomes.doubtful(row, unseen, max(rest / 4, self._timing.settling))
        else:
            await self._repeat(row, doubts=1)

    async def _adopt(self, row: Row, found: Posted) -> None:
        self._calls.counters.found += 1
        await self._outcomes.found(row, found.ts, found.channel)

    async def _blindly(self, row: Row, error: SlackRefused) -> None:
        """We cannot look: send it once more after a while, which may show it twice."""
        if row.doubts >= _BLIND_POSTS:
            unknown = (
                f"Slack did not say whether it was posted, and it cannot be looked up: {error}"
            )
            await self._losses.give_up(row, unknown)
            return
        rest = self._rest(row, self._timing.blind)
        if rest > 0:
            await self._outcomes.doubtful(row, str(error), rest)
            return
        logger.warning("%s may be posted twice: %s", row.key, error)
        self._calls.counters.possible_duplicates += 1
        await self._repeat(row, doubts=_BLIND_POSTS)

    def _rest(self, row: Row, seconds: float) -> float:
        """How many of so many seconds since the attempt are left."""
        now = self._outbox.clock()
        return seconds - (now - (row.attempted_at or now)).total_seconds()

    async def _repeat(self, row: Row, doubts: int) -> None:
        method = SHARE if row.kind is Kind.FILE else POST
        await self._calls.pacing.turn(method, row.channel, row.priority)
        if await self._claims.repeat(row, doubts):
            await self._post(row)


def _lost(method: str) -> SlackUnreachable:
    return SlackUnreachable(method, "another sender took it over", maybe_done=False)


def _kept(form: Form) -> int:
    """New kinds of blocks stay away from a message; its length may be better the next time."""
    return min(form.step, 1)


def _content(form: Form) -> dict[str, Any]:
    content: dict[str, Any] = {"text": form.text, "link_names": False, "parse": "none"}
    return {**content, "blocks": list(form.blocks)} if form.blocks else content
