"""What people do with elements and shortcuts, and what apps hear of it."""

from typing import Any

from sandbox.slack.acknowledgement import Ack, NotAcknowledged
from sandbox.slack.elements import Element, action, find_element, picked
from sandbox.slack.local import LocalSlack
from sandbox.slack.message_json import as_json
from sandbox.slack.model import Channel, Json, Message, User
from sandbox.slack.refusals import Refusal
from sandbox.slack.spots import InMessage, InView, Spot, app_of, interaction, place_json
from sandbox.slack.workspace import Happening

MOST_OPTIONS = 100
_LEAST_TYPED = 3


async def use(
    slack: LocalSlack,
    user: User,
    spot: Spot,
    action_id: str,
    block_id: str | None,
    choice: Any,
) -> Ack | None:
    """Press or pick an element; None when Slack keeps that to itself until the form is sent.

    Raises `Refusal` for what this person cannot do and `NotAcknowledged`.
    """
    element = find_element(spot.blocks, action_id, block_id, choice)
    _allow(element, user)
    offered = slack.clients.offered.get((user.id, spot.key, action_id), [])
    value = picked(element, choice, offered)
    if element.holds:
        _keep(slack, user, spot, element, value)
    return await _dispatch(slack, user, spot, element, value) if element.dispatches else None


async def offer(
    slack: LocalSlack, user: User, spot: Spot, action_id: str, block_id: str | None, typed: str
) -> Json:
    """The options that an app offers for what was typed into an external select."""
    element = find_element(spot.blocks, action_id, block_id, None)
    if element.body.get("type") not in ("external_select", "multi_external_select"):
        raise Refusal("not_external", hint=f"{action_id!r} asks no app for its options.")
    if len(typed) < int(element.body.get("min_query_length", _LEAST_TYPED)):
        return {"options": [], "sent": False}
    app = app_of(slack, spot.app_id)
    payload = interaction(slack, "block_suggestion", app, user)
    del payload["trigger_id"]
    payload |= {"action_id": action_id, "block_id": element.block_id, "value": typed}
    payload |= place_json(slack, user, spot)
    ack = await slack.delivery.send(app, "options", payload)
    options = _offered(ack.payload)
    slack.clients.offered[user.id, spot.key, action_id] = options
    return {name: ack.payload[name] for name in ("options", "option_groups") if name in ack.payload}


async def global_shortcut(slack: LocalSlack, user: User, callback_id: str) -> Ack:
    """Use a shortcut of the composer."""
    app_id = _declared(slack, "global", callback_id)
    app = app_of(slack, app_id)
    payload = interaction(slack, "shortcut", app, user) | {
        "callback_id": callback_id,
        "action_ts": slack.workspace.new_ts(),
    }
    return await slack.delivery.send(app, "interactive", payload)


async def message_shortcut(
    slack: LocalSlack, user: User, callback_id: str, channel: Channel, message: Message
) -> Ack:
    """Use a shortcut in the menu of a message."""
    if message.to is not None:
        raise Refusal("message_not_found", hint="An ephemeral message has no shortcuts.")
    app = app_of(slack, _declared(slack, "message", callback_id))
    payload = interaction(slack, "message_action", app, user) | {
        "callback_id": callback_id,
        "action_ts": slack.workspace.new_ts(),
        "message_ts": message.ts,
        "message": as_json(slack.workspace, message, metadata=True),
        "channel": {"id": channel.id, "name": channel.name},
        "response_url": slack.responses.address(app, user.id, channel.id, message.ts),
    }
    return await slack.delivery.send(app, "interactive", payload)


def _allow(element: Element, user: User) -> None:
    chosen_few = element.body.get("visible_to_user_ids")
    if chosen_few is not None and user.id not in chosen_few:
        raise Refusal("not_visible", hint=f"{user.name} does not see {element.action_id!r}.")


def _keep(slack: LocalSlack, user: User, spot: Spot, element: Element, value: Json) -> None:
    if isinstance(spot, InView):
        spot.view.state.setdefault(element.block_id, {})[element.action_id] = value
        spot.view.errors.pop(element.block_id, None)
        slack.workspace.tell(
            Happening("view", user=user.id, app_id=spot.view.app_id, view_id=spot.view.id)
        )
    else:
        values = slack.clients.picked.setdefault((user.id, spot.key), {})
        values.setdefault(element.block_id, {})[element.action_id] = value


async def _dispatch(
    slack: LocalSlack, user: User, spot: Spot, element: Element, value: Json
) -> Ack:
    app = app_of(slack, spot.app_id)
    payload = interaction(slack, "block_actions", app, user) | place_json(slack, user, spot)
    payload["actions"] = [action(element, value, slack.workspace.new_ts())]
    if isinstance(spot, InMessage):
        source = spot.message.ts
        payload["response_url"] = slack.responses.address(app, user.id, spot.channel.id, source)
    return await slack.delivery.send(app, "interactive", payload)


def _offered(answer: Json) -> list[Json]:
    """Up to 100 options with texts of 75 and values of 150 characters."""
    try:
        groups = answer.get("option_groups") or []
        grouped = [option for group in groups for option in group["options"]]
        options = [*(answer.get("options") or ()), *grouped]
        fine = all(
            len(each["text"]["text"]) in range(1, 76) and len(each["value"]) in range(1, 151)
            for each in options
        )
    except (AttributeError, KeyError, TypeError):
        fine = False
    if not fine or len(options) > MOST_OPTIONS or not {"options", "option_groups"} & set(answer):
        raise NotAcknowledged("dispatch_failed", "invalid_options")
    return options


def _declared(slack: LocalSlack, kind: str, callback_id: str) -> str:
    there: list[str] = []
    for app in reversed(slack.workspace.apps.values()):
        for shortcut in app.features.get("shortcuts") or ():
            if shortcut.get("type") == kind and not app.revoked:
                there.append(str(shortcut.get("callback_id")))
                if shortcut.get("callback_id") == callback_id:
                    return app.id
    hint = f"No {kind} shortcut {callback_id!r}; there is: {', '.join(there) or 'none'}."
    raise Refusal("unknown_shortcut", hint=hint)
