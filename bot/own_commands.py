"""The commands of the bot itself."""

from typing import Annotated, Any, Literal

from pydantic import Field

from bot.grammar.routes import BotCommand
from shared.arguments import Id, Limit, Moment, Name, Words
from shared.call import Effect
from shared.operation import Params
from shared.operations.alerts import UpdateAlertSubscription


class Watch(Params):
    """The arguments of watch."""

    execution_id: Annotated[Id | None, Field(description="Your watches if absent.")] = None
    where: Literal["here", "dm"] = "here"
    events: Literal["all", "state"] = "all"


class Unwatch(Params):
    """The arguments of unwatch."""

    execution_id: Id


class Watches(Params):
    """The arguments of watches."""

    page: Annotated[int, Field(ge=1, le=1_000)] = 1


class ShowResult(Params):
    """The arguments of result."""

    execution_id: Id


class Help(Params):
    """The arguments of help."""

    words: Annotated[Words, Field(description="A command.")] = ()


class WhoAmI(Params):
    """The arguments of whoami."""


class ReadAudit(Params):
    """The arguments of audit."""

    since: Moment | None = None
    by: Annotated[Name | None, Field(description="A person, such as @ana.")] = None
    limit: Limit = 20


class LookAtEverything(Params):
    """The arguments of doctor."""

    everything: Annotated[bool, Field(description="Tell what is well, too.")] = False


class AboutSubscription(Params):
    """The arguments of alerts show, unmute and test."""

    subscription_id: Id


WATCH = BotCommand(
    name="watch",
    command="watch {execution_id}",
    params=Watch,
    summary="Follow an execution with a card that stays current.",
    make_examples=lambda: (
        Watch(execution_id="order-41"),
        Watch(execution_id="order-41", where="dm", events="state"),
    ),
)
UNWATCH = BotCommand(
    name="unwatch",
    command="unwatch {execution_id}",
    params=Unwatch,
    summary="Stop following an execution.",
    make_examples=lambda: (Unwatch(execution_id="order-41"),),
)
WATCHES = BotCommand(
    name="watches",
    command="watches",
    params=Watches,
    summary="List the executions that are followed here.",
    make_examples=lambda: (Watches(), Watches(page=2)),
)
RESULT = BotCommand(
    name="result",
    command="result {execution_id}",
    params=ShowResult,
    summary="Show what an execution returned, in full.",
    make_examples=lambda: (ShowResult(execution_id="order-41"),),
)
HELP = BotCommand(
    name="help",
    command="help {words...}",
    params=Help,
    summary="Show the commands, or how one of them is written.",
    make_examples=lambda: (Help(), Help(words=("schedules", "create"))),
)
WHOAMI = BotCommand(
    name="whoami",
    command="whoami",
    params=WhoAmI,
    summary="Show who you are here and what you may do.",
    make_examples=lambda: (WhoAmI(),),
)
AUDIT = BotCommand(
    name="audit",
    command="audit",
    params=ReadAudit,
    summary="Show who did what, newest first.",
    make_examples=lambda: (ReadAudit(), ReadAudit(since="7d", by="@ana")),
)

DOCTOR = BotCommand(
    name="doctor",
    command="doctor",
    params=LookAtEverything,
    summary="Check the connections, the store and what goes on in it.",
    make_examples=lambda: (LookAtEverything(), LookAtEverything(everything=True)),
)
SHOW_ALERTS = BotCommand(
    name="show_alert_subscription",
    command="alerts show {subscription_id}",
    params=AboutSubscription,
    summary="Show a subscription, and what it would have brought since yesterday.",
    make_examples=lambda: (AboutSubscription(subscription_id="k7m2pxa"),),
)
EDIT_ALERTS = BotCommand(
    name="edit_alert_subscription",
    command="alerts edit {subscription_id}",
    params=UpdateAlertSubscription,
    summary="Change the filter or the manner of a subscription in a form.",
    make_examples=lambda: (
        UpdateAlertSubscription(subscription_id="k7m2pxa"),
        UpdateAlertSubscription(subscription_id="k7m2pxa", repeat="1h"),
    ),
    effect=Effect.WRITE,
)
UNMUTE_ALERTS = BotCommand(
    name="unmute_alert_subscription",
    command="alerts unmute {subscription_id}",
    params=AboutSubscription,
    summary="Let a subscription, or all of this channel, post again.",
    make_examples=lambda: (
        AboutSubscription(subscription_id="k7m2pxa"),
        AboutSubscription(subscription_id="all"),
    ),
    effect=Effect.WRITE,
)
TEST_ALERTS = BotCommand(
    name="test_alert_subscription",
    command="alerts test {subscription_id}",
    params=AboutSubscription,
    summary="Post an example of its alerts where they go.",
    make_examples=lambda: (AboutSubscription(subscription_id="k7m2pxa"),),
    effect=Effect.WRITE,
)

OWN_COMMANDS: tuple[BotCommand[Any], ...] = (
    WATCH,
    UNWATCH,
    WATCHES,
    RESULT,
    HELP,
    WHOAMI,
    AUDIT,
    SHOW_ALERTS,
    EDIT_ALERTS,
    UNMUTE_ALERTS,
    TEST_ALERTS,
    DOCTOR,
)
