"""Forms of alerts: a new subscription, and another filter or manner for one."""

from collections.abc import Mapping
from typing import Any

from bot.forms.draft import Draft
from bot.mrkdwn import code, line
from shared.results import AlertSubscription

SUBSCRIBE, UPDATE = "create_alert_subscription", "update_alert_subscription"

_STATUSES = {
    "failed": "Failed",
    "timed_out": "Timed out",
    "terminated": "Terminated",
    "cancelled": "Cancelled",
    "completed": "Completed",
}
_OCCASIONS = {
    "first": "Only the first failure, until it recovers",
    "recovered": "Completed again after a failure",
    "waiting": "Waits for a person",
    "slow": "Runs too long",
    "retrying": "Fails and is retried again and again",
    "schedules": "Schedules that stopped, or keep failing",
}
_MANNERS = {
    "card": "A message per alert, which changes",
    "thread": "A message per day, with the alerts in its thread",
    "digest:15m": "A digest every 15 minutes",
    "digest:1h": "A digest every hour",
    "digest:1d": "A digest every day",
}
_GROUPINGS = {
    "workflow": "Workflow",
    "kind": "What happened",
    "error": "Error",
    "deployment": "Deployment",
    "execution": "Execution",
}
_FIRST: Mapping[str, Any] = {
    "status": ["failed", "timed_out"],
    "mode": "card",
    "group_by": ["workflow", "kind", "error"],
    "repeat": "4h",
}


def subscribe_form(channel: str, given: Mapping[str, Any] | None = None) -> Draft:
    """A new subscription of a channel."""
    known = dict(given or {})
    return _form(
        SUBSCRIBE,
        "New subscription",
        "Subscribe",
        {"channel": channel},
        (f"🔔 Alerts for {_channel(channel)}.",),
        {**_FIRST, **known},
    )


def edit_form(mine: AlertSubscription, given: Mapping[str, Any]) -> Draft:
    """Another filter or manner for a subscription; `given` is all of it as it is to be shown."""
    about = f"{code(mine.subscription_id)} in {_channel(mine.channel)}, made by "
    return _form(
        UPDATE,
        "Edit a subscription",
        "Save",
        {"subscription_id": mine.subscription_id, **_moved(given)},
        (about + line(mine.created_by, 80), f"Now: {line(mine.filter, 400)}"),
        given,
    )


def _moved(given: Mapping[str, Any]) -> dict[str, Any]:
    """Another channel, where one was typed: a form of Slack's has no place for its name."""
    return {"channel": given["channel"]} if given.get("channel") else {}


def _form(
    name: str,
    title: str,
    submit: str,
    arguments: dict[str, Any],
    intro: tuple[str, ...],
    given: Mapping[str, Any],
) -> Draft:
    properties = _properties(str(given.get("mode", "card")))
    return Draft(
        name=name,
        title=title,
        submit=submit,
        arguments=arguments,
        intro=intro,
        options={"type": "object", "properties": properties, "required": ["mode"]},
        options_given={key: _listed(key, each) for key, each in given.items() if key in properties},
        # What is empty is meant to be so: nothing that was taken away comes back by itself.
        options_exact=True,
    )


def _properties(mode: str) -> dict[str, Any]:
    return {**_filter(), **_manner(mode)}


def _filter() -> dict[str, Any]:
    return {
        "workflow": _lines("Workflows", "Names or globs such as invoice-*; all if left empty."),
        "status": _several("Executions that ended as", _STATUSES),
        "when": _several("And also", _OCCASIONS),
        "error": _text("Error matches", "A regular expression; upper and lower case are the same."),
        "slower_than": _text("Runs longer than", "Such as 10m, or 3x for the usual time of it."),
        "min_duration": _text("Took at least", "Such as 10m; for executions that ended."),
        "deployment": _lines("Deployments", "All if left empty."),
        "tags": _lines("Tags of the workflow", "All of them have to fit."),
        "search_key": _lines("Search keys", "Such as customer==:acme; at most three."),
    }


def _manner(mode: str) -> dict[str, Any]:
    return {
        "mode": _one("Shown as", {**_MANNERS, mode: _MANNERS.get(mode, mode)}),
        "group_by": _several("One alert for each", _GROUPINGS),
        "repeat": _text("Remind after", "Such as 4h, or off."),
        "mention": _text("Mention", "@oncall, or the id of a person or group. Not on updates."),
        "quiet": _text("Quiet hours", "Such as 22-07: what comes then is shown in the morning."),
        "zone": _text("Time zone", "Such as Europe/Paris; yours if left empty."),
        "broadcast": {
            "type": "boolean",
            "title": "Show reminders in the channel too, not only in the thread",
            "default": False,
        },
    }


def titles_of_filter() -> dict[str, str]:
    """The labels of the fields that say what is heard of, by their names."""
    return {name: each["title"] for name, each in _filter().items()}


def titles_of_manner() -> dict[str, str]:
    """The labels of the fields that say how it is told, by their names."""
    return {name: each["title"] for name, each in _manner("card").items()}


def _text(title: str, description: str) -> dict[str, Any]:
    # No greatest length: it would make an area of several lines, and drop a longer value.
    return {"type": "string", "title": title, "description": description}


def _lines(title: str, description: str) -> dict[str, Any]:
    items = {"type": "string"}
    return {"type": "array", "items": items, "title": title, "description": description}


def _one(title: str, ways: Mapping[str, str]) -> dict[str, Any]:
    options = [{"const": word, "title": said} for word, said in ways.items()]
    return {"title": title, "oneOf": options}


def _several(title: str, ways: Mapping[str, str]) -> dict[str, Any]:
    return {"type": "array", "items": _one(title, ways), "title": title}


def _listed(name: str, value: Any) -> Any:
    several = name in ("workflow", "status", "when", "group_by", "deployment", "tags", "search_key")
    if not several or isinstance(value, list | tuple):
        return list(value) if isinstance(value, tuple) else value
    return [part.strip() for part in str(value).split(",") if part.strip()]


def _channel(channel: str) -> str:
    if channel.startswith("D"):
        return "this conversation"
    return line(channel, 100) if channel.startswith("#") else f"<#{channel}>"
