"""The buttons of an alert: at most five, and every one of them finds its alert by its id."""

from collections.abc import Iterator

from bot.blocks import actions
from bot.buttons import button, choose, menu
from bot.message import Block
from shared.alerts.finding import Kind
from shared.alerts.groups import Group
from shared.alerts.occurrence import Occurrence

_SPANS = {"1 hour": "1h", "4 hours": "4h", "1 day": "1d"}
_AGAIN = (Kind.FAILED, Kind.TIMED_OUT, Kind.TERMINATED, Kind.CANCELLED)


def controls(group: Group) -> Iterator[Block]:
    """The row of buttons under an alert, where anything can be done about it."""
    shown = list(_firing(group) if group.is_firing else _looking(group))
    if shown:
        yield actions(*shown)


def execution_of(group: Group) -> str | None:
    """The execution that an alert is about."""
    latest = latest_of(group)
    return latest.execution_id if latest else None


def latest_of(group: Group) -> Occurrence | None:
    """The latest occurrence with an execution that is still open, or else the latest with one."""
    known = [each for each in group.recent if each.execution_id]
    still = [each for each in known if is_open(group, each)]
    return (still or known)[-1] if known else None


def is_open(group: Group, each: Occurrence) -> bool:
    """Whether one of an alert is not over: a state that holds, or trouble of a workflow."""
    return each.key in group.open or (each.kind.is_trouble and each.workflow in group.open)


def schedule_of(group: Group) -> str | None:
    """The schedule that an alert is about."""
    return next((each.schedule_id for each in group.recent[::-1] if each.schedule_id), None)


def _firing(group: Group) -> Iterator[Block]:
    me = {"alert_id": group.id}
    if not group.is_quiet:
        yield button("Acknowledge", "acknowledge_alert", me, style="primary")
    yield _mute(group)
    looking = list(_looking(group))
    if group.kind is Kind.WAITING:
        yield button("Answer…", "answer_alert", me)
        looking = looking[:1]
    yield from looking
    yield menu(_more(group))


def _mute(group: Group) -> Block:
    spans = {f"Mute {words}": span for words, span in _SPANS.items()}
    if group.muted_until is not None:
        spans["Unmute"] = "off"
    return choose(
        "Mute",
        {
            label: ("acknowledge_alert", {"alert_id": group.id, "mute_for": span})
            for label, span in spans.items()
        },
        "mute",
    )


def _looking(group: Group) -> Iterator[Block]:
    """Ways to see more, which everybody may use."""
    execution_id, schedule_id = execution_of(group), schedule_of(group)
    if execution_id is not None:
        me = {"execution_id": execution_id}
        yield button("Open", "get_execution", me)
        yield button("Diagnose", "diagnose_execution", me)
    elif schedule_id is not None:
        yield button("Open", "get_schedule", {"schedule_id": schedule_id})


def _more(group: Group) -> dict[str, tuple[str, dict[str, str]]]:
    # An option holds 150 characters, and ids of executions may be longer.
    me = {"alert_id": group.id}
    options: dict[str, tuple[str, dict[str, str]]] = {}
    if execution_of(group) is not None and group.kind in _AGAIN:
        options["Start again…"] = ("start_alert_again", me)
        options["Reset…"] = ("reset_alert", me)
    if group.kind is Kind.WAITING:
        options["Diagnose"] = ("diagnose_alert", me)
    options["Close…"] = ("close_alert", me)
    options["Details of the subscription"] = (
        "show_alert_subscription",
        {"subscription_id": group.subscription_id},
    )
    return options
