"""The tables of the store; migrations bring a database to this shape."""

from shared.tables.audit import audit
from shared.tables.columns import metadata
from shared.tables.inbox import drafts, listings, recents, seen
from shared.tables.outbox import outbox
from shared.tables.questions import question_cards, questions
from shared.tables.watches import told, watches

__all__ = [
    "audit",
    "drafts",
    "listings",
    "metadata",
    "outbox",
    "question_cards",
    "questions",
    "recents",
    "seen",
    "told",
    "watches",
]
