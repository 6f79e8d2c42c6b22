"""Why an answer is not taken, in words for the person who gave it."""

from datetime import datetime

from bot.questions.card import ago
from bot.questions.rows import Asked, Stand
from shared.errors import OpsError
from shared.text import one_line


class UnknownQuestion(OpsError):
    """No such question is kept."""


class NotOpen(OpsError):
    """A question that cannot be answered now; `question` says who did, and when."""

    def __init__(self, question: Asked, now: datetime) -> None:
        super().__init__(_words(question, now))
        self.question = question


def _words(question: Asked, now: datetime) -> str:
    name = one_line(question.answered_name or question.answered_by or "somebody", 80)
    when = f" {ago(question.answered_at, now)}" if question.answered_at else ""
    label = one_line(question.label or question.task_id, 120)
    match question.state:
        case Stand.ANSWERING:
            return f"“{label}” is being answered by {name}, who began{when}. Wait a moment."
        case Stand.ANSWERED:
            return f"“{label}” was already answered by {name}{when}. Nothing was sent."
        case Stand.ELSEWHERE:
            return f"“{label}” was already answered elsewhere. Nothing was sent."
        case Stand.EXPIRED:
            return f"“{label}” has expired or was cancelled. Nothing was sent."
    return f"“{label}” is no longer asked: its execution went on or is over. Nothing was sent."
