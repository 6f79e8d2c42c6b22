"""What went wrong, what to do about it, and the buttons to do it with."""

from bot.grammar import NotUnderstood, all_routes, usage
from bot.message import Block, Message
from bot.mrkdwn import line
from bot.render import rich
from bot.render.offers import Offer
from bot.render.page import Page, View, assemble
from bot.render.spoken import spoken
from bot.render.words import sentence
from shared.errors import (
    ApiError,
    Conflict,
    InvalidArguments,
    NotAllowed,
    NotFound,
    OpsError,
    RateLimited,
    Rejected,
    Unavailable,
)
from shared.operation import Effect
from shared.text import clean, truncate

_SIGNS: tuple[tuple[type[OpsError], str], ...] = (
    (NotUnderstood, "🤔"),
    (InvalidArguments, "✏️"),
    (NotAllowed, "🔒"),
    (NotFound, "🔍"),
    (Conflict, "⚠️"),
    (RateLimited, "🐢"),
    (Unavailable, "🔌"),
)
_SHOWN = 2_500
_SUGGESTIONS = 5


def render_error(error: OpsError, view: View) -> Message:
    """What failed and what to do; the text of an OpsError is written for its reader."""
    sign = next((sign for kind, sign in _SIGNS if isinstance(error, kind)), "❌")
    words = truncate(spoken(clean(str(error)).strip()) or type(error).__name__, _SHOWN)
    page = Page(
        text=f"{sign} {sentence(line(words, 600))}",
        head=[
            rich.paragraph(rich.text(f"{sign} "), rich.text(words)),
            _detail(error, words),
            _usage(error, view),
            _advice(error),
        ],
        offers=_offers(error, view),
    )
    return assemble(page, view)


def _detail(error: OpsError, words: str) -> Block | None:
    detail = error.detail if isinstance(error, Rejected) else None
    if not detail or detail.strip() in words:
        return None
    return rich.preformatted(truncate(detail, _SHOWN), "The API said")


def _usage(error: OpsError, view: View) -> Block | None:
    if not isinstance(error, InvalidArguments) or view.name not in all_routes():
        return None
    return rich.paragraph(rich.text("Written as "), rich.code(usage(view.name), 1_000))


def _advice(error: OpsError) -> Block | None:
    told = []
    if isinstance(error, Unavailable) and error.maybe_done:
        told.append("It may have happened all the same: look before you try again.")
    wait = error.retry_after if isinstance(error, RateLimited | Unavailable) else None
    if wait:
        told.append(f"Try again in {wait:,.0f} s.")
    if isinstance(error, ApiError) and error.request_id:
        told.append(f"Request id for support: {truncate(clean(error.request_id), 100)}")
    return rich.paragraph(rich.faint(" ".join(told))) if told else None


def _offers(error: OpsError, view: View) -> list[Offer]:
    if isinstance(error, NotUnderstood):
        typed = [Offer(each, "type", {"text": each}) for each in error.suggestions[:_SUGGESTIONS]]
        return typed or [Offer("Help", "help")]
    if isinstance(error, InvalidArguments) and view.name in all_routes():
        words = list(all_routes().named(view.name).words)
        return [Offer("Help", "help", {"words": words})]
    if isinstance(error, NotAllowed):
        return [Offer("Who am I?", "whoami")]
    return [view.again("Try again")] if _is_worth_again(error, view) else []


def _is_worth_again(error: OpsError, view: View) -> bool:
    """Whether pressing once more may help, and does nothing twice."""
    if view.name not in all_routes() or not isinstance(error, RateLimited | Unavailable):
        return False
    reads = all_routes().named(view.name).effect is Effect.READ
    return reads or not (isinstance(error, Unavailable) and error.maybe_done)
