"""What the bot is made of, for whoever answers a request."""

from dataclasses import dataclass

from bot.delivery import Outbox, SlackCalls
from bot.doctor import Doctor
from bot.drafts import Drafts
from bot.live import Live
from bot.people import People
from bot.questions import Questions
from bot.replies import Replies
from bot.settings import BotSettings
from bot.slack_app import Identity
from bot.targets import Targets
from shared.api import WorkflowsApi
from shared.audit import Audit
from shared.context import Clock
from shared.database import Database
from shared.leases import Leases


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that lives as long as the bot."""

    api: WorkflowsApi
    database: Database
    audit: Audit
    calls: SlackCalls
    outbox: Outbox
    live: Live
    questions: Questions
    people: People
    targets: Targets
    drafts: Drafts
    replies: Replies
    settings: BotSettings
    identity: Identity
    clock: Clock
    doctor: Doctor
    leases: Leases
