"""Who hears of which executions and schedules."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from shared.arguments import (
    AlertStatuses,
    Bound,
    Channel,
    ChannelOrAll,
    Duration,
    Groupings,
    Hours,
    Id,
    Lines,
    Manner,
    Mention,
    MuteFor,
    Occasions,
    Pattern,
    Repeat,
    Words,
    Zone,
)
from shared.call import Effect
from shared.context import Context
from shared.errors import ApiError, InvalidArguments
from shared.operation import Params, operation
from shared.results import AlertSubscriptionDetail, AlertSubscriptions, Done
from shared.times import parse_duration

if TYPE_CHECKING:
    from shared.alerts.dry_run import DryRun
    from shared.alerts.wanted import Wanted
    from shared.results import AlertPreview


ALL = "all"


class Filter(Params):
    """What a subscription asks for, as people write it."""

    channel: Channel | None = None
    workflow: Annotated[Words, Field(description="Globs.")] = ()
    status: AlertStatuses = ()
    when: Occasions = ()
    error: Annotated[Pattern | None, Field(description="Regex.")] = None
    min_duration: Duration | None = None
    slower_than: Annotated[Bound | None, Field(description="10m, or 3x usual.")] = None
    deployment: Words = ()
    tags: Words = ()
    search_key: Annotated[Lines, Field(max_length=3)] = ()
    mode: Annotated[Manner | None, Field(description="card, thread or digest:15m.")] = None
    group_by: Groupings = ()
    repeat: Annotated[Repeat, Field(description="Or off.")] = "4h"
    mention: Mention | None = None
    quiet: Annotated[Hours | None, Field(description="22-07.")] = None
    zone: Zone | None = None
    broadcast: bool = False


class CreateAlertSubscription(Filter):
    """The arguments of create_alert_subscription."""


class UpdateAlertSubscription(Filter):
    """The arguments of update_alert_subscription: all of it anew, of the version that was seen."""

    subscription_id: Id
    # For forms: nobody types it, and no assistant is asked for it.
    seen_version: SkipJsonSchema[int | None] = None


class ListAlertSubscriptions(Params):
    """The arguments of list_alert_subscriptions; `all` are those of every channel."""

    channel: ChannelOrAll | None = None


class MuteAlertSubscription(Params):
    """The arguments of mute_alert_subscription; `all` are those of the channel."""

    subscription_id: Id
    duration: Annotated[MuteFor, Field(description="Or off.")] = "1h"
    channel: ChannelOrAll | None = None


class DeleteAlertSubscription(Params):
    """The arguments of delete_alert_subscription."""

    subscription_id: Id


@operation(
    command="alerts subscribe",
    effect=Effect.WRITE,
    idempotent=True,
    examples=lambda: (
        CreateAlertSubscription(workflow=("invoice-*",), error="rate limit", channel="#ops"),
        CreateAlertSubscription(
            status=("failed", "timed_out"),
            when=("first", "recovered"),
            mode="digest:15m",
            repeat="off",
            quiet="22-07",
            zone="Europe/Paris",
        ),
        CreateAlertSubscription(when=("waiting", "slow"), slower_than="3x", mention="@oncall"),
    ),
)
async def create_alert_subscription(
    context: Context, params: CreateAlertSubscription
) -> AlertSubscriptionDetail:
    """Tell a Slack channel of failures, waits and the like."""
    wanted = _wanted(params)
    channel = _required(params.channel, "create_alert_subscription")
    from shared.operations import alerts_store

    row, is_new = await alerts_store.subscribe(context, channel, wanted)
    preview, notes = await _tried(context, wanted)
    known = () if is_new else ("The channel has this subscription already; nothing was added.",)
    return AlertSubscriptionDetail(subscription=row, preview=preview, notes=(*known, *notes))


@operation(
    command="alerts edit {subscription_id}",
    effect=Effect.WRITE,
    idempotent=True,
    examples=lambda: (
        UpdateAlertSubscription(subscription_id="k7m2xq9", workflow=("invoice-*",), repeat="1h"),
    ),
)
async def update_alert_subscription(
    context: Context, params: UpdateAlertSubscription
) -> AlertSubscriptionDetail:
    """Give a subscription another filter and manner: what is left out goes back to its default."""
    wanted = _wanted(params)
    from shared.operations import alerts_store

    row = await alerts_store.change(
        context, params.subscription_id, params.channel, wanted, params.seen_version
    )
    preview, notes = await _tried(context, wanted)
    return AlertSubscriptionDetail(subscription=row, preview=preview, notes=notes)


@operation(
    command="alerts list",
    effect=Effect.READ,
    idempotent=True,
    examples=lambda: (ListAlertSubscriptions(channel="#ops"),),
)
async def list_alert_subscriptions(
    context: Context, params: ListAlertSubscriptions
) -> AlertSubscriptions:
    """List who hears of what."""
    from shared.operations import alerts_store

    return await alerts_store.listed(context, _named(params.channel))


@operation(
    command="alerts mute {subscription_id}",
    effect=Effect.WRITE,
    idempotent=True,
    examples=lambda: (
        MuteAlertSubscription(subscription_id="k7m2xq9", duration="1h"),
        MuteAlertSubscription(subscription_id="all", duration="off", channel="#ops"),
    ),
)
async def mute_alert_subscription(
    context: Context, params: MuteAlertSubscription
) -> AlertSubscriptions:
    """Post nothing of a subscription, or of `all` of a channel, for a while."""
    from shared.operations import alerts_store

    channel = None
    if params.subscription_id == ALL:
        channel = _required(_named(params.channel), "mute_alert_subscription")
    until = None if params.duration == "off" else context.clock() + _length(params.duration)
    rows = await alerts_store.mute(context, params.subscription_id, channel, until)
    return AlertSubscriptions(subscriptions=tuple(rows))


@operation(
    command="alerts unsubscribe {subscription_id}",
    effect=Effect.WRITE,
    idempotent=True,
    examples=lambda: (DeleteAlertSubscription(subscription_id="k7m2xq9"),),
)
async def delete_alert_subscription(context: Context, params: DeleteAlertSubscription) -> Done:
    """End a subscription."""
    from shared.operations import alerts_store

    row = await alerts_store.unsubscribe(context, params.subscription_id)
    return Done(message=f"{row.channel_name or row.channel} hears no more of: {row.filter}.")


def _wanted(params: Filter) -> "Wanted":
    # A process that only lists its tools does not pay for the models.
    from shared.alerts.words import read_wanted

    return read_wanted(params)


async def _tried(
    context: Context, wanted: "Wanted"
) -> tuple["AlertPreview | None", tuple[str, ...]]:
    """What it would have brought; a subscription is good without knowing that."""
    from shared.alerts.dry_run import dry_run
    from shared.alerts.words import SCHEDULES

    # Schedules alone have no past that could be read.
    if wanted.kinds <= SCHEDULES:
        return None, ("Schedules are looked at from now on.",)
    try:
        tried = await dry_run(context.api, wanted, context.clock())
    except ApiError as error:
        return None, (f"What it would have brought lately is not known: {error}",)
    return _preview(tried), tried.notes


def _preview(tried: "DryRun") -> "AlertPreview":
    from shared.operations.alerts_rows import preview

    return preview(tried)


def _required(channel: str | None, name: str) -> str:
    if channel is None:
        raise InvalidArguments(f"{name}: channel is required, such as #ops.")
    return channel


def _named(channel: str | None) -> str | None:
    return None if channel == ALL else channel


def _length(text: str) -> timedelta:
    return parse_duration(text)
