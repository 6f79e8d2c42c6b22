"""Commands as people type them, read into requests and spelled back."""

from bot.grammar.errors import NotUnderstood
from bot.grammar.fit import DoesNotFit, fit
from bot.grammar.normalise import normalise, without_mention
from bot.grammar.reader import LAUNCHER, Asked, read
from bot.grammar.routes import BotCommand, Route, Routes, all_routes
from bot.grammar.speller import spell
from bot.grammar.usage import usage
from bot.grammar.values import is_loose, settled
from bot.grammar.verb_list import Verb, verbs

__all__ = [
    "LAUNCHER",
    "Asked",
    "BotCommand",
    "DoesNotFit",
    "NotUnderstood",
    "Route",
    "Routes",
    "Verb",
    "all_routes",
    "fit",
    "is_loose",
    "normalise",
    "read",
    "settled",
    "spell",
    "usage",
    "verbs",
    "without_mention",
]
