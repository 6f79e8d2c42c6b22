"""Buttons and menus of buttons."""

from sandbox.slack.checks.objects import (
    CONFIRM,
    ID,
    OVERFLOW_OPTION,
    STYLE,
    address,
    plain,
    web_address,
)
from sandbox.slack.checks.shapes import Rule, boolean, choice, items, shape, text

VISIBLE_TO = items(ID, 1)
_CHOSEN = shape({"text": plain(75)}, {"value": text(0, 2_000), "accessibility_label": text(1, 75)})
_TRIGGER = shape(
    {"url": web_address},
    {"customizable_input_parameters": items(shape({"name": text(1), "value": text()}))},
)

BUTTON = shape(
    {"text": plain(75)},
    {
        "action_id": ID,
        "url": address,
        "value": text(0, 2_000),
        "style": STYLE,
        "confirm": CONFIRM,
        "accessibility_label": text(1, 75),
        "visible_to_user_ids": VISIBLE_TO,
        "agent_prompt": text(1, 4_000),
        "focus_on_load": boolean,
    },
)
WORKFLOW_BUTTON = shape(
    {"text": plain(75), "workflow": shape({"trigger": _TRIGGER})},
    {"action_id": ID, "style": STYLE, "accessibility_label": text(1, 75)},
)
OVERFLOW = shape(
    {"options": items(OVERFLOW_OPTION, 1, 5)},
    {"action_id": ID, "confirm": CONFIRM},
)
CONTEXT_ACTIONS: dict[str, Rule] = {
    "feedback_buttons": shape(
        {"positive_button": _CHOSEN, "negative_button": _CHOSEN}, {"action_id": ID}
    ),
    "icon_button": shape(
        {"icon": choice("trash"), "text": plain(75)},
        {
            "action_id": ID,
            "value": text(0, 2_000),
            "confirm": CONFIRM,
            "accessibility_label": text(1, 75),
            "visible_to_user_ids": VISIBLE_TO,
        },
    ),
}
