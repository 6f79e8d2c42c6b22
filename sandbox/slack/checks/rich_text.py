"""Rich text: sections, lists, quotes and preformatted text."""

from collections.abc import Mapping

from sandbox.slack.checks.objects import ID, address
from sandbox.slack.checks.shapes import (
    Rule,
    boolean,
    choice,
    integer,
    items,
    shape,
    tagged,
    text,
)

_STYLE = shape(
    {},
    dict.fromkeys(
        (
            "bold",
            "italic",
            "strike",
            "code",
            "underline",
            "highlight",
            "client_highlight",
            "unlink",
        ),
        boolean,
    ),
)
_STYLED: dict[str, Rule] = {"style": _STYLE}
_TEXT = shape({"text": text(1)}, _STYLED)
_LINK = shape({"url": address}, {"text": text(), "unsafe": boolean, **_STYLED})
_PARTS: Mapping[str, Rule] = {
    "text": _TEXT,
    "link": _LINK,
    "emoji": shape(
        {"name": text(1)},
        {"unicode": text(1), "skin_tone": integer(1, 6), "url": address, **_STYLED},
    ),
    "user": shape({"user_id": ID}, _STYLED),
    "usergroup": shape({"usergroup_id": ID}, _STYLED),
    "channel": shape({"channel_id": ID}, _STYLED),
    "team": shape({"team_id": ID}, _STYLED),
    "date": shape(
        {"timestamp": integer(0), "format": text(1)},
        {"url": address, "fallback": text(1), **_STYLED},
    ),
    "broadcast": shape({"range": choice("here", "channel", "everyone")}, _STYLED),
    "color": shape({"value": text(1)}, _STYLED),
}
_BORDER = integer(0, 1)
_SECTION = shape({"elements": items(tagged(_PARTS))})
_GROUPS: Mapping[str, Rule] = {
    "rich_text_section": _SECTION,
    "rich_text_list": shape(
        {
            "style": choice("bullet", "ordered"),
            "elements": items(tagged({"rich_text_section": _SECTION}), 1),
        },
        {"indent": integer(0, 8), "offset": integer(0), "border": _BORDER},
    ),
    "rich_text_quote": shape({"elements": items(tagged(_PARTS))}, {"border": _BORDER}),
    "rich_text_preformatted": shape(
        {"elements": items(tagged({"text": _TEXT, "link": _LINK}))},
        {"border": _BORDER, "language": text(1)},
    ),
}
RICH_TEXT = shape({"elements": items(tagged(_GROUPS))}, {"block_id": ID})
