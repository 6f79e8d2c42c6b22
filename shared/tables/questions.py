"""Questions of executions to people, each answered once, and the cards that show them."""

from sqlalchemy import JSON, Index, String, Table, Text, UniqueConstraint
from sqlalchemy import Column as C

from shared.tables.columns import UtcDateTime, metadata

# While an answer is on its way, whoever sends it holds the question until `claimed_until`, and goes
# on to do so: a process that was killed lets it go.
questions = Table(
    "questions",
    metadata,
    C("id", String(32), primary_key=True),
    C("execution_id", Text, nullable=False),
    C("task_id", Text, nullable=False),
    C("workflow", Text, nullable=False),
    C("label", Text),
    C("schema", JSON),
    C("input", JSON),
    C("state", String(20), nullable=False),
    C("answered_by", String(40)),
    C("answered_name", Text),
    C("answered_at", UtcDateTime),
    C("claimed_until", UtcDateTime),
    C("answer", JSON),
    C("note", Text),
    C("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("execution_id", "task_id"),
    Index(None, "state"),
)

question_cards = Table(
    "question_cards",
    metadata,
    C("question_id", String(32), primary_key=True),
    C("channel", String(40), primary_key=True),
    C("card_key", String(200), nullable=False),
    C("thread_key", String(200)),
)
