"""Cards of executions that nobody started, for Slack to look at."""

from collections.abc import Mapping
from datetime import UTC, datetime

from bot.live.card import Notes, card
from bot.message import Message
from bot.questions.card import question_card
from bot.questions.rows import Asked, Stand
from shared.alerts.subscriptions import Subscription, SubscriptionState
from shared.alerts.wanted import Wanted
from shared.models import Execution
from shared.timeline import build

_AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
_WORKFLOW, _ID = "expense-approval", "doctor"


def sample_cards() -> Mapping[str, Message]:
    """One of each kind that is hard to do without."""
    return {"live cards": _live(), "questions": _question(), "alerts": _alert()}


def _live() -> Message:
    execution = Execution(
        workflow_name=_WORKFLOW,
        execution_id=_ID,
        root_execution_id=_ID,
        status="RUNNING",
        start_time=_AT,
    )
    return card(build([], execution).picture, Notes(requested_by="U0DOCTOR", updated_at=_AT))


def _question() -> Message:
    choice = {"type": "string", "enum": ["accept", "decline"]}
    asked = Asked(
        id="doctor",
        execution_id=_ID,
        task_id="doctor",
        workflow=_WORKFLOW,
        label="Manager approval",
        schema={"type": "object", "properties": {"choice": choice}, "required": ["choice"]},
        state=Stand.OPEN,
        answered_by=None,
        answered_name=None,
        answered_at=None,
        answer=None,
        note=None,
        created_at=_AT,
    )
    return question_card(asked)


def _alert() -> Message:
    # Late, because what announces alerts knows the parts of the bot, and the doctor is one.
    from bot.alerts.example import example

    subscription = Subscription(
        id="doctor",
        channel="C0DOCTOR",
        wanted=Wanted(),
        state=SubscriptionState.ACTIVE,
        version=1,
        muted_until=None,
        muted_by=None,
        created_by="doctor",
        created_name="doctor",
        created_at=_AT,
        changed_at=_AT,
    )
    return example(subscription, _AT)
