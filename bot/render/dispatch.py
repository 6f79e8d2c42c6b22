"""Which function renders which type of result; there is no fallback, so that none is forgotten."""

from functools import singledispatch

from bot.render.page import Page, View
from shared.results import Result


@singledispatch
def page(result: Result, view: View) -> Page:
    """The page of a result, by its type."""
    raise TypeError(f"no renderer for {type(result).__name__}")
