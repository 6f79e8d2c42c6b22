"""Questions of executions, answered by one person for all."""

from bot.questions.card import question_card
from bot.questions.permalinks import Permalinks
from bot.questions.questions import Questions
from bot.questions.refusals import NotOpen, UnknownQuestion
from bot.questions.rows import Asked, Stand

__all__ = [
    "Asked",
    "NotOpen",
    "Permalinks",
    "Questions",
    "Stand",
    "UnknownQuestion",
    "question_card",
]
