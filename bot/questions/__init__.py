"""Questions of executions, answered by one person for all."""

from bot.questions.card import question_card
from bot.questions.questions import Questions
from bot.questions.refusals import NotOpen, UnknownQuestion
from bot.questions.rows import Asked, Stand

__all__ = [
    "Asked",
    "NotOpen",
    "Questions",
    "Stand",
    "UnknownQuestion",
    "question_card",
]
