"""Selects of all kinds, checkboxes and radio buttons."""

from collections.abc import Iterator, Mapping

from sandbox.slack.checks.objects import (
    CONFIRM,
    FILTER,
    ID,
    LIST_OPTION,
    MENU_OPTION,
    OPTION_GROUP,
    PLACEHOLDER,
)
from sandbox.slack.checks.shapes import Rule, boolean, integer, items, shape, wrong

_EVERY: dict[str, Rule] = {"action_id": ID, "confirm": CONFIRM, "focus_on_load": boolean}
_MENU: dict[str, Rule] = {**_EVERY, "placeholder": PLACEHOLDER}
_MULTI: dict[str, Rule] = {**_MENU, "max_selected_items": integer(1)}
_STATIC: dict[str, Rule] = {
    "options": items(MENU_OPTION, 1, 100),
    "option_groups": items(OPTION_GROUP, 1, 100),
}
_TYPED: dict[str, Rule] = {"min_query_length": integer(0)}
_CONVERSATION: dict[str, Rule] = {"filter": FILTER, "default_to_current_conversation": boolean}


def _one_source(value: object, at: str) -> Iterator[str]:
    assert isinstance(value, dict)
    if ("options" in value) == ("option_groups" in value):
        yield wrong("must provide exactly one of `options` and `option_groups`", at)


def _known_choice(value: object, at: str) -> Iterator[str]:
    assert isinstance(value, dict)
    offered = [*value.get("options", ())]
    offered += [each for group in value.get("option_groups", ()) for each in group["options"]]
    if "initial_option" in value and value["initial_option"] not in offered:
        yield wrong("`initial_option` must be one of the options", f"{at}/initial_option")
    for index, each in enumerate(value.get("initial_options", ())):
        if each not in offered:
            yield wrong("must be one of the options", f"{at}/initial_options/{index}")


def _bounded(value: object, at: str) -> Iterator[str]:
    assert isinstance(value, dict)
    most = value.get("max_selected_items")
    for name, chosen in value.items():
        if name.startswith("initial_") and most is not None and len(chosen) > most:
            yield wrong(f"no more than {most} items allowed", f"{at}/{name}")


SELECTS: Mapping[str, Rule] = {
    "static_select": shape(
        {}, {**_MENU, **_STATIC, "initial_option": MENU_OPTION}, _one_source, _known_choice
    ),
    "external_select": shape({}, {**_MENU, **_TYPED, "initial_option": MENU_OPTION}),
    "users_select": shape({}, {**_MENU, "initial_user": ID}),
    "conversations_select": shape(
        {},
        {**_MENU, **_CONVERSATION, "initial_conversation": ID, "response_url_enabled": boolean},
    ),
    "channels_select": shape({}, {**_MENU, "initial_channel": ID, "response_url_enabled": boolean}),
}
MULTI_SELECTS: Mapping[str, Rule] = {
    "multi_static_select": shape(
        {},
        {**_MULTI, **_STATIC, "initial_options": items(MENU_OPTION, 1, 100)},
        _one_source,
        _known_choice,
        _bounded,
    ),
    "multi_external_select": shape(
        {}, {**_MULTI, **_TYPED, "initial_options": items(MENU_OPTION, 1, 100)}, _bounded
    ),
    "multi_users_select": shape({}, {**_MULTI, "initial_users": items(ID, 1)}, _bounded),
    "multi_conversations_select": shape(
        {}, {**_MULTI, **_CONVERSATION, "initial_conversations": items(ID, 1)}, _bounded
    ),
    "multi_channels_select": shape({}, {**_MULTI, "initial_channels": items(ID, 1)}, _bounded),
}
LISTS: Mapping[str, Rule] = {
    "checkboxes": shape(
        {"options": items(LIST_OPTION, 1, 10)},
        {**_EVERY, "initial_options": items(LIST_OPTION, 1, 10)},
        _known_choice,
    ),
    "radio_buttons": shape(
        {"options": items(LIST_OPTION, 1, 10)},
        {**_EVERY, "initial_option": LIST_OPTION},
        _known_choice,
    ),
}
