"""May this be a modal or an App Home?"""

import json
from collections.abc import Iterator, Mapping

from sandbox.slack.checks.elements import elements, every_block
from sandbox.slack.checks.layout import VIEW_BLOCKS
from sandbox.slack.checks.messages import refused
from sandbox.slack.checks.objects import plain
from sandbox.slack.checks.shapes import Rule, boolean, shape, tagged, text, wrong
from sandbox.slack.checks.together import block_problems
from sandbox.slack.refusals import Refusal

MAX_BLOCKS = 100
MAX_BYTES = 250_000


def check_view(view: object, kind: str | None = None, at: str = "/view") -> None:
    """Raises invalid_arguments or view_too_large; `kind` is the type it has to be, if any."""
    problems = list(tagged(_KINDS)(view, at))
    if not problems and isinstance(view, dict):
        problems = list(_whole(view, kind, at))
    if problems:
        raise refused("invalid_arguments", problems)
    if len(json.dumps(view)) > MAX_BYTES:
        raise Refusal("view_too_large")


def _blocks(value: object, at: str) -> Iterator[str]:
    if isinstance(value, list) and not value:
        yield wrong("no less than 1 items allowed", at)
    yield from block_problems(value, VIEW_BLOCKS, MAX_BLOCKS, at)


def _whole(view: Mapping[str, object], kind: str | None, at: str) -> Iterator[str]:
    if kind is not None and view["type"] != kind:
        yield wrong(f"must be a {kind} view", f"{at}/type")
    blocks = list(every_block(view["blocks"], f"{at}/blocks"))
    inputs = any(block["type"] == "input" for block, _ in blocks)
    if view["type"] == "modal" and inputs and "submit" not in view:
        yield wrong("`submit` is required when the view has an input block", at)
    for block, here in blocks:
        for element in elements(block):
            if view["type"] == "home" and element["type"] == "file_input":
                yield wrong("unsupported type: file_input", f"{here}/element/type")


_EVERY: dict[str, Rule] = {
    "private_metadata": text(0, 3_000),
    "callback_id": text(0, 255),
    "external_id": text(0, 255),
}
_KINDS: dict[str, Rule] = {
    "modal": shape(
        {"title": plain(24), "blocks": _blocks},
        {
            **_EVERY,
            "submit": plain(24),
            "close": plain(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
        },
    ),
    "home": shape({"blocks": _blocks}, _EVERY),
}
