"""Alerts: what sweeps remember and found, who wants to hear of it, and what is firing."""

from sqlalchemy import JSON, Boolean, Index, Integer, String, Table, Text, UniqueConstraint
from sqlalchemy import Column as C

from shared.tables.columns import UtcDateTime, metadata

# What a sweep has to know at its next turn, under a scope such as `cursor`, `state` (one row per
# state that holds now), `workflow` or `schedule`. Written with what was found, in one transaction.
sweep_memory = Table(
    "sweep_memory",
    metadata,
    C("scope", String(40), primary_key=True),
    C("key", String(700), primary_key=True),
    C("value", JSON, nullable=False),
    C("at", UtcDateTime, nullable=False),
)

# The inbox. `key` makes a fact that is found again harmless; `matched_at` is set when every
# subscription has taken what it wants of it.
findings = Table(
    "findings",
    metadata,
    C("seq", Integer, primary_key=True, autoincrement=True),
    C("key", String(700), nullable=False),
    C("kind", String(30), nullable=False),
    C("over", Boolean, nullable=False),
    C("subject", Text, nullable=False),
    C("workflow", Text, nullable=False),
    C("execution_id", Text),
    C("run_id", Text),
    C("schedule_id", Text),
    C("deployment", Text),
    C("at", UtcDateTime, nullable=False),
    C("found_at", UtcDateTime, nullable=False),
    C("late", Boolean, nullable=False),
    C("detail", JSON, nullable=False),
    C("matched_at", UtcDateTime),
    UniqueConstraint("key"),
    Index(None, "matched_at", "seq"),
    Index(None, "at"),
)

# `channel` is an id, or a #name as an assistant wrote it until the bot looks it up; `named` is the
# name that goes with it, for those who know the channel by that. `handed` is the version of its
# filter that was told of the states that held already.
subscriptions = Table(
    "subscriptions",
    metadata,
    C("id", String(32), primary_key=True),
    C("channel", String(100), nullable=False),
    C("named", String(100)),
    C("handed", Integer, nullable=False, server_default="0"),
    C("wanted", JSON, nullable=False),
    C("state", String(20), nullable=False),
    C("version", Integer, nullable=False),
    C("muted_until", UtcDateTime),
    C("muted_by", Text),
    C("created_by", String(80), nullable=False),
    C("created_name", Text, nullable=False),
    C("created_at", UtcDateTime, nullable=False),
    C("changed_at", UtcDateTime, nullable=False),
    C("error", Text),
    Index(None, "state"),
    Index(None, "channel"),
)

# One message of one subscription: occurrences that belong together, until they are over.
# `live_key` is set while it is not over, so that there is one at a time for a fingerprint.
# `version` grows with every change, `shown_version` is what was handed to the outbox;
# `due_at` is when it has to be looked at again: a reminder, the end of a mute or of quiet hours.
# `ended_because` says why it is over where it is not well again, `returns` how often it came back.
alert_groups = Table(
    "alert_groups",
    metadata,
    C("id", String(32), primary_key=True),
    C("subscription_id", String(32), nullable=False),
    C("fingerprint", String(64), nullable=False),
    C("live_key", String(100)),
    C("state", String(20), nullable=False),
    C("labels", JSON, nullable=False),
    C("kind", String(30), nullable=False),
    C("count", Integer, nullable=False),
    C("first_at", UtcDateTime, nullable=False),
    C("last_at", UtcDateTime, nullable=False),
    C("recent", JSON, nullable=False),
    C("open", JSON, nullable=False),
    C("late", Boolean, nullable=False),
    C("acknowledged_by", String(80)),
    C("acknowledged_name", Text),
    C("acknowledged_at", UtcDateTime),
    C("acknowledged_count", Integer),
    C("muted_until", UtcDateTime),
    C("muted_name", Text),
    C("reminders", Integer, nullable=False),
    C("due_at", UtcDateTime),
    C("recovered_at", UtcDateTime),
    C("recovered_by", Text),
    C("ended_because", Text),
    C("returns", Integer, nullable=False, server_default="0"),
    C("message_key", String(200), nullable=False),
    C("version", Integer, nullable=False),
    C("shown_version", Integer, nullable=False),
    C("created_at", UtcDateTime, nullable=False),
    C("changed_at", UtcDateTime, nullable=False),
    UniqueConstraint("live_key"),
    Index(None, "subscription_id"),
    Index(None, "state", "due_at"),
    Index(None, "changed_at"),
    Index(None, "recovered_at"),
)

# What a subscription took of the inbox: a finding counts once for it. `snapshot` is the finding
# with what was read about it.
alert_occurrences = Table(
    "alert_occurrences",
    metadata,
    C("subscription_id", String(32), primary_key=True),
    C("finding_key", String(700), primary_key=True),
    C("group_id", String(32), nullable=False),
    C("number", Integer, nullable=False),
    C("at", UtcDateTime, nullable=False),
    C("snapshot", JSON, nullable=False),
    C("told", Boolean, nullable=False),
    Index(None, "group_id", "number"),
    Index(None, "told"),
)
