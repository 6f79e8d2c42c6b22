"""What went wrong, what to do about it, and the buttons to do it with."""

from collections.abc import Mapping
from typing import Any

from bot.delivery.errors import SlackRefused
from bot.grammar import NotUnderstood, all_routes, spell, usage
from bot.message import Block, Message
from bot.mrkdwn import line
from bot.render import rich
from bot.render.offers import Offer
from bot.render.page import Page, View, assemble
from bot.render.spoken import spoken
from bot.render.words import sentence
from bot.targets import UnclearTarget
from bot.targets.written import bare
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
    UnknownName,
)
from shared.operation import Effect
from shared.text import clean, one_line, truncate

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
_LABEL = 75
_TARGETS = ("execution_id", "execution_ids", "schedule_id", "alert_id")


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


def meant(error: OpsError, view: View) -> list[Offer]:
    """The same request with each of the things that may have been meant.

    They are typed anew, so that whoever destroys is asked as before.
    """
    if view.name not in all_routes():
        return []
    said, near = _unclear(error)
    requests = [(each, _instead(view, said, each)) for each in near[:_SUGGESTIONS]]
    return [
        Offer(one_line(each, _LABEL), "type", {"text": spell(view.name, arguments)})
        for each, arguments in requests
        if arguments != view.arguments
    ]


def _unclear(error: OpsError) -> tuple[str, tuple[str, ...]]:
    match error:
        case UnclearTarget():
            return error.said, error.candidates
        case UnknownName():
            return error.name, error.near
    return "", ()


def _instead(view: View, said: str, meant: str) -> Mapping[str, Any]:
    """The arguments with what is meant in the place of what was said, or of what was left out."""
    if not said:
        return _added(view, meant)

    def right(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [right(each) for each in value]
        return meant if isinstance(value, str) and bare(value) == said else value

    return {name: right(value) for name, value in view.arguments.items()}


def _added(view: View, meant: str) -> Mapping[str, Any]:
    first = next(iter(all_routes().named(view.name).positional), "")
    if first not in _TARGETS or view.arguments.get(first):
        return view.arguments
    return {**view.arguments, first: [meant] if first == "execution_ids" else meant}


def _detail(error: OpsError, words: str) -> Block | None:
    detail = error.detail if isinstance(error, Rejected) else None
    if not detail or detail.strip() in words:
        return None
    return rich.preformatted(truncate(detail, _SHOWN), "The API said")


def _usage(error: OpsError, view: View) -> Block | None:
    if not _is_for_typing(error) or view.name not in all_routes():
        return None
    return rich.paragraph(rich.text("Written as "), rich.code(usage(view.name), 1_000))


def _is_for_typing(error: OpsError) -> bool:
    """Whether it helps to know how to write it: it was wrong, or no form can be opened for it."""
    no_form = isinstance(error, SlackRefused) and error.method == "views.open"
    return no_form or isinstance(error, InvalidArguments)


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
    if near := meant(error, view):
        return near
    if _is_for_typing(error) and view.name in all_routes():
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
