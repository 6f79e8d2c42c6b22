"""What the bot says reaches Slack: in its turn, in order, and after any interruption."""

from bot.delivery.calls import SlackCalls
from bot.delivery.counters import Counters
from bot.delivery.errors import SlackRefused, SlackUnreachable
from bot.delivery.outbox import Outbox
from bot.delivery.pacing import Pacing
from bot.delivery.priority import Priority
from bot.delivery.rows import Dead, Posted, State
from bot.delivery.sender import Sender
from bot.delivery.timing import Timing
from bot.delivery.uploads import upload

__all__ = [
    "Counters",
    "Dead",
    "Outbox",
    "Pacing",
    "Posted",
    "Priority",
    "Sender",
    "SlackCalls",
    "SlackRefused",
    "SlackUnreachable",
    "State",
    "Timing",
    "upload",
]
