"""The blocks of agents and cards: tasks, plans, alerts, cards, carousels."""

from collections.abc import Iterator, Mapping

from sandbox.slack.checks.buttons import BUTTON, CONTEXT_ACTIONS
from sandbox.slack.checks.objects import ID, IMAGE, address, either
from sandbox.slack.checks.rich_text import RICH_TEXT
from sandbox.slack.checks.shapes import Rule, choice, items, shape, tagged, text, wrong

TASK_STATUS = choice("pending", "in_progress", "complete", "error")
SOURCE = tagged({"url": shape({"url": address, "text": text(1)})})
_RICH_TEXT = tagged({"rich_text": RICH_TEXT})
_ICON = tagged({"icon": shape({"name": text(1)})})
_TASK_CARD = shape(
    {"task_id": text(1), "title": text(1), "status": TASK_STATUS},
    {
        "block_id": ID,
        "details": _RICH_TEXT,
        "output": _RICH_TEXT,
        "sources": items(SOURCE),
        "icon": _ICON,
    },
)


def _something(value: object, at: str) -> Iterator[str]:
    assert isinstance(value, dict)
    if not {"hero_image", "title", "actions", "body"} & value.keys():
        yield wrong("must provide one of `hero_image`, `title`, `actions` and `body`", at)


_CARD = shape(
    {},
    {
        "block_id": ID,
        "hero_image": IMAGE,
        "icon": IMAGE,
        "title": either(150),
        "subtitle": either(150),
        "body": either(200),
        "actions": items(tagged({"button": BUTTON}), 1, 25),
    },
    _something,
)

CARDS: Mapping[str, Rule] = {
    "task_card": _TASK_CARD,
    "plan": shape(
        {"title": text(1)}, {"block_id": ID, "tasks": items(tagged({"task_card": _TASK_CARD}))}
    ),
    "card": _CARD,
    "carousel": shape({"elements": items(tagged({"card": _CARD}), 1, 10)}, {"block_id": ID}),
    "context_actions": shape({"elements": items(tagged(CONTEXT_ACTIONS), 1, 5)}, {"block_id": ID}),
}
ALERT = shape(
    {"text": either(3_000)},
    {"block_id": ID, "level": choice("default", "info", "warning", "error", "success")},
)
