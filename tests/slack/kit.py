"""Legal Block Kit to start from: a test changes one thing and looks at what is said of it."""

from sandbox.slack.model import Json


def plain(text: str = "words") -> Json:
    """A text object."""
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str = "words") -> Json:
    """A text object in markup."""
    return {"type": "mrkdwn", "text": text}


def option(value: str = "a", **more: object) -> Json:
    """An option of a menu."""
    return {"text": plain(value), "value": value, **more}


def options(count: int) -> list[Json]:
    """So many different options."""
    return [option(f"o{index}") for index in range(count)]


def button(action_id: str = "press", **more: object) -> Json:
    """A button."""
    return {"type": "button", "text": plain(), "action_id": action_id, **more}


def confirm(**more: object) -> Json:
    """A confirmation."""
    return {"title": plain(), "text": mrkdwn(), "confirm": plain(), "deny": plain(), **more}


def actions(*elements: Json) -> Json:
    """A row of elements."""
    return {"type": "actions", "elements": list(elements)}


def field(element: Json, **more: object) -> Json:
    """An input block."""
    return {"type": "input", "block_id": "field", "label": plain(), "element": element, **more}


def typed(**more: object) -> Json:
    """A text field."""
    return {"type": "plain_text_input", "action_id": "typed", **more}


def menu(kind: str = "static_select", **more: object) -> Json:
    """A select."""
    return {"type": kind, "action_id": "menu", **more}


def cell(text: str = "cell") -> Json:
    """A cell of a table."""
    return {"type": "raw_text", "text": text}


def table(rows: int = 2, columns: int = 2) -> Json:
    """A table."""
    return {"type": "table", "rows": [[cell()] * columns] * rows}


def data_table(rows: int = 2, **more: object) -> Json:
    """A table that clients can sort."""
    return {"type": "data_table", "caption": "Runs", "rows": [[cell(), cell()]] * rows, **more}


def rich(*elements: Json) -> Json:
    """Rich text."""
    return {"type": "rich_text", "elements": list(elements)}


def line(*parts: Json) -> Json:
    """A paragraph of rich text."""
    return {"type": "rich_text_section", "elements": list(parts)}


def image(**more: object) -> Json:
    """An image."""
    return {"type": "image", "alt_text": "a chart", "image_url": "https://x.example/a.png", **more}


def task(**more: object) -> Json:
    """A task card."""
    return {"type": "task_card", "task_id": "t1", "title": "Split", "status": "complete", **more}


def chart(segments: int = 2) -> Json:
    """A pie."""
    pieces = [{"label": f"s{index}", "value": index + 1} for index in range(segments)]
    chart = {"type": "pie", "segments": pieces}
    return {"type": "data_visualization", "title": "Runs", "chart": chart}


def modal(*blocks: Json, **more: object) -> Json:
    """A modal that can be submitted."""
    shown = list(blocks) or [{"type": "section", "text": mrkdwn()}]
    return {
        "type": "modal",
        "title": plain("Form"),
        "submit": plain("Go"),
        "blocks": shown,
        **more,
    }


def home(*blocks: Json, **more: object) -> Json:
    """An App Home."""
    return {"type": "home", "blocks": list(blocks) or [{"type": "divider"}], **more}
