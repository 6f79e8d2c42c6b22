"""A stretch of messages: from, until, and page by page."""

import re
from dataclasses import dataclass

from sandbox.slack.method_call import MethodCall
from sandbox.slack.model import Channel, Json, Message
from sandbox.slack.paging import seal, unseal
from sandbox.slack.posting import as_json
from sandbox.slack.refusals import Refusal

type Moment = tuple[int, int]

_TS = re.compile(r"(\d{1,12})(?:\.(\d{1,6}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The messages after `oldest` and before `latest`; with `inclusive`, those two as well."""

    oldest: Moment | None
    latest: Moment | None
    inclusive: bool

    def holds(self, ts: str) -> bool:
        """Whether a message of this ts is in it."""
        moment = moment_of(ts, "invalid_ts")
        if self.inclusive and moment in (self.oldest, self.latest):
            return True
        after = self.oldest is None or moment > self.oldest
        return after and (self.latest is None or moment < self.latest)


def stretch(call: MethodCall) -> Stretch:
    """What `oldest`, `latest` and `inclusive` ask for."""
    oldest, latest = call.text("oldest"), call.text("latest")
    return Stretch(
        moment_of(oldest, "invalid_ts_oldest") if oldest else None,
        moment_of(latest, "invalid_ts_latest") if latest and latest != "now" else None,
        call.flag("inclusive"),
    )


def moment_of(ts: str, error: str) -> Moment:
    """A ts as numbers that compare as times do."""
    match = _TS.fullmatch(ts)
    if match is None:
        raise Refusal(error)
    return int(match[1]), int((match[2] or "").ljust(6, "0"))


def in_channel(channel: Channel) -> list[Message]:
    """What everybody sees in the channel itself, the newest first."""
    return [
        message
        for message in reversed(channel.messages)
        if message.to is None and (message.thread_ts in (None, message.ts) or message.broadcast)
    ]


def page_of(call: MethodCall, messages: list[Message], limit: int) -> Json:
    """One page; the cursor names the message that comes next, so new ones shift nothing."""
    cursor = call.text("cursor")
    start = _index(messages, unseal(cursor, "next_ts:")) if cursor else 0
    shown = messages[start : start + limit]
    rest = messages[start + limit :]
    metadata = call.flag("include_all_metadata")
    answer: Json = {
        "messages": [as_json(call.workspace, each, metadata=metadata) for each in shown],
        "has_more": bool(rest),
    }
    if rest:
        answer["response_metadata"] = {"next_cursor": seal(f"next_ts:{rest[0].ts}")}
    return answer


def _index(messages: list[Message], ts: str) -> int:
    wanted = moment_of(ts, "invalid_cursor")
    falling = len(messages) > 1 and _moment(messages[0]) > _moment(messages[-1])
    for index, message in enumerate(messages):
        moment = _moment(message)
        # The message itself may be gone: then the page begins behind it.
        if moment <= wanted if falling else moment >= wanted:
            return index
    return len(messages)


def _moment(message: Message) -> Moment:
    return moment_of(message.ts, "invalid_ts")
