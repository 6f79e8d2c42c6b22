"""The tables of the store; migrations bring a database to this shape."""

from shared.tables.alerts import (
    alert_groups,
    alert_occurrences,
    findings,
    subscriptions,
    sweep_memory,
)
from shared.tables.audit import audit
from shared.tables.columns import metadata
from shared.tables.inbox import drafts, listings, recents, seen
from shared.tables.leases import leases
from shared.tables.outbox import outbox
from shared.tables.questions import question_cards, questions
from shared.tables.watches import told, watches

__all__ = [
    "alert_groups",
    "alert_occurrences",
    "audit",
    "drafts",
    "findings",
    "leases",
    "listings",
    "metadata",
    "outbox",
    "question_cards",
    "questions",
    "recents",
    "seen",
    "subscriptions",
    "sweep_memory",
    "told",
    "watches",
]
