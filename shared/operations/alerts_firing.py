"""What fires now."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from shared.arguments import ChannelOrAll, Id, Moment, MuteFor, Name
from shared.call import Effect
from shared.context import Context
from shared.operation import Params, operation
from shared.results import AlertDetail, Alerts
from shared.times import parse_duration, parse_moment

_LATELY = timedelta(days=1)


class ListAlerts(Params):
    """The arguments of list_alerts; `since` bounds those that are over, by default to a day."""

    workflow: Annotated[Name | None, Field(description="Glob.")] = None
    channel: ChannelOrAll | None = None
    state: Literal["firing", "recovered", "all"] = "firing"
    since: Moment | None = None


class AcknowledgeAlert(Params):
    """The arguments of acknowledge_alert; `mute_for` mutes, or ends a mute, `close` ends the alert,
    and that is all then."""

    alert_id: Id
    mute_for: Annotated[MuteFor | None, Field(description="Mutes instead; or off.")] = None
    close: bool = False


@operation(
    command="alerts firing",
    effect=Effect.READ,
    idempotent=True,
    examples=lambda: (ListAlerts(), ListAlerts(workflow="invoice-*", state="all", since="2d")),
)
async def list_alerts(context: Context, params: ListAlerts) -> Alerts:
    """List what fires now, for all subscriptions."""
    from shared.operations import alerts_store

    now = context.clock()
    since = parse_moment(params.since, now) if params.since else now - _LATELY
    channel = None if params.channel == "all" else params.channel
    return await alerts_store.firing(context, params.workflow, channel, params.state, since)


@operation(
    command="alerts ack {alert_id}",
    effect=Effect.WRITE,
    idempotent=True,
    examples=lambda: (
        AcknowledgeAlert(alert_id="x4n8k2mq"),
        AcknowledgeAlert(alert_id="x4n8k2mq", mute_for="1h"),
    ),
)
async def acknowledge_alert(context: Context, params: AcknowledgeAlert) -> AlertDetail:
    """Look after an alert: it is quiet until it happens again."""
    from shared.operations import alerts_store

    if params.close:
        return await alerts_store.close(context, params.alert_id)
    if params.mute_for is None or params.mute_for == "off":
        until = None
    else:
        until = context.clock() + parse_duration(params.mute_for)
    unmute = params.mute_for == "off"
    return await alerts_store.acknowledge(context, params.alert_id, until, unmute=unmute)
