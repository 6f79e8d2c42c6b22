"""Running the workspace: its apps, its channels, its clock and its troubles."""

from typing import Any

from sandbox.slack.control.manifests import complaints
from sandbox.slack.control.question import Question, invalid
from sandbox.slack.delivery import address
from sandbox.slack.faults import FAULT_KINDS, Fault
from sandbox.slack.model import App, Channel, Json, User
from sandbox.slack.sockets import REASONS
from sandbox.slack.subscriptions import warnings
from sandbox.slack.workspace import Happening


async def install(question: Question) -> Json:
    """Install an app, or give the installed one of that name a new manifest."""
    manifest = question.given.get("manifest")
    if wrong := complaints(manifest):
        raise invalid(" ".join(wrong), "invalid_manifest")
    assert isinstance(manifest, dict)
    app = question.slack.workspace.install(manifest, question.text("request_url"))
    return {
        "app_id": app.id,
        "bot_id": app.bot_id,
        "bot_user_id": app.user,
        "bot_token": app.bot_token,
        "app_token": app.app_token,
        "signing_secret": app.signing_secret,
        "warnings": warnings(app),
    }


async def verify(question: Question) -> Json:
    """Send Slack's challenge to the address of an app."""
    app = question.app()
    url = address(app, "events_api", {})
    if url is None:
        raise invalid(f"{app.name} has no request_url.", "no_request_url")
    return {"verified": await question.slack.delivery.http.verify(app, url)}


async def add_fault(question: Question) -> Json:
    """Let the service misbehave."""
    given = dict(question.given)
    kind: Any = given.pop("kind", None)
    if kind not in FAULT_KINDS:
        raise invalid(f"No fault is called {kind!r}; there is: {', '.join(sorted(FAULT_KINDS))}.")
    if question.text("channel") is not None:
        given["channel"] = question.channel().id
    for name in ("times", "seconds", "retry_after", "after"):
        question.number(name)
    try:
        question.slack.faults.add(Fault(kind, **given))
    except TypeError as error:
        raise invalid(f"A fault has no such field: {error}.") from error
    return {}


async def clear_faults(question: Question) -> Json:
    """Behave again."""
    question.slack.faults.clear()
    return {}


async def move_clock(question: Question) -> Json:
    """freeze or release the time, or advance it by so many seconds."""
    clock = question.slack.workspace.clock
    if not question.given.keys() & {"advance", "freeze", "release"}:
        raise invalid("Say 'freeze': true, 'release': true or 'advance': seconds.")
    if question.given.get("freeze") is True:
        clock.freeze()
    if "advance" in question.given:
        clock.advance(question.number("advance"))
    if question.given.get("release") is True:
        clock.release()
    return {"now": clock.now()}


async def set_limits(question: Question) -> Json:
    """Switch the rate limits off or on."""
    enabled = question.given.get("enabled")
    if not isinstance(enabled, bool):
        raise invalid("Say 'enabled': true or false.")
    question.slack.limits.enabled = enabled
    question.slack.limits.forget()
    return {}


async def change_channel(question: Question) -> Json:
    """create, archive, unarchive or rename a channel; invite somebody or remove them."""
    acts = {
        "archive": _archive,
        "unarchive": _archive,
        "rename": _rename,
        "invite": _invite,
        "remove": _remove,
    }
    if "create" in question.given:
        return {"channel": _create(question).id}
    for name, act in acts.items():
        if name in question.given:
            channel = question.channel(name)
            act(question, channel)
            await question.slack.delivery.settled()
            return {"channel": channel.id}
    raise invalid(f"Say create, {', '.join(acts)}: each with the channel, such as archive: 'ops'.")


async def change_tokens(question: Question) -> Json:
    """revoke the tokens of an app, uninstall it, or restore what was revoked."""
    for name in ("revoke", "uninstall"):
        if question.given.get(name):
            await _revoke(question, question.app(name), name == "uninstall")
            return {}
    if question.given.get("restore"):
        question.app("restore").revoked = False
        return {}
    raise invalid("Say revoke, uninstall or restore, with the app or true.")


async def change_sockets(question: Question) -> Json:
    """Ask sockets of an app to leave, for one of Slack's reasons."""
    reason = question.text("reason") or "refresh_requested"
    if reason not in REASONS:
        raise invalid(f"The reasons are {', '.join(sorted(REASONS))}, not {reason!r}.")
    app = question.app("disconnect")
    count = int(question.number("count")) or None
    return {"asked": await question.slack.sockets.disconnect(app.id, reason, count)}


def _create(question: Question) -> Channel:
    workspace = question.slack.workspace
    name = question.required("create").removeprefix("#")
    if any(each.name == name for each in workspace.channels.values()):
        raise invalid(f"#{name} exists.", "name_taken")
    kind: Any = "private" if question.given.get("private") is True else "channel"
    channel = Channel(workspace.new_id("C"), name, kind)
    if question.text("user") is not None:
        channel.members.add(question.user().id)
    workspace.channels[channel.id] = channel
    workspace.tell(Happening("channel", channel=channel.id))
    return channel


def _archive(question: Question, channel: Channel) -> None:
    channel.archived = "archive" in question.given
    question.slack.workspace.tell(Happening("channel", channel=channel.id, user=_by(question)))


def _rename(question: Question, channel: Channel) -> None:
    channel.name = question.required("name").removeprefix("#")
    question.slack.workspace.tell(Happening("channel", channel=channel.id))


def _invite(question: Question, channel: Channel) -> None:
    user = _somebody(question)
    if user.id not in channel.members:
        channel.members.add(user.id)
        question.slack.workspace.tell(Happening("member_joined", channel=channel.id, user=user.id))


def _remove(question: Question, channel: Channel) -> None:
    user = _somebody(question)
    if user.id in channel.members:
        channel.members.remove(user.id)
        question.slack.workspace.tell(Happening("member_left", channel=channel.id, user=user.id))


def _somebody(question: Question) -> User:
    if question.text("user") is None:
        return question.slack.workspace.user(question.app().user)
    return question.user()


def _by(question: Question) -> str | None:
    return question.user().id if question.text("user") is not None else None


async def _revoke(question: Question, app: App, uninstall: bool) -> None:
    slack = question.slack
    tokens = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [app.user]}}
    slack.events.tell(app, tokens)
    if uninstall:
        slack.events.tell(app, {"type": "app_uninstalled"})
    await slack.delivery.settled()
    app.revoked = True
    slack.workspace.tell(Happening("app", app_id=app.id))
    await slack.sockets.disconnect(app.id, "link_disabled")
