"""Text streams: what may be added, and the blocks that the chunks amount to."""

import copy
from collections.abc import Iterator
from typing import Any

from sandbox.slack.checks import check_blocks, with_ids
from sandbox.slack.checks.cards import SOURCE, TASK_STATUS
from sandbox.slack.checks.messages import refused
from sandbox.slack.checks.objects import ID
from sandbox.slack.checks.shapes import Rule, items, shape, tagged, text, wrong
from sandbox.slack.model import Json, Message
from sandbox.slack.refusals import Refusal
from sandbox.slack.wording import delivered

LIFETIME = 300
"""Seconds after which a stream is over, however busy it is (slackapi/python-slack-sdk#1859)."""
MAX_MARKDOWN = 12_000

_CHUNKS: dict[str, Rule] = {
    "markdown_text": shape({"text": text()}),
    "task_update": shape(
        {"id": ID, "title": text(1), "status": TASK_STATUS},
        {
            "details": text(),
            "output": text(),
            "sources": items(SOURCE),
            "icon": tagged({"icon": shape({"name": text(1)})}),
        },
    ),
    "plan_update": shape({"title": text(1)}),
    # The blocks themselves are refused in their own name.
    "blocks": shape({"blocks": items(lambda value, at: iter(()), 1, 50)}),
}


def is_streaming(message: Message, now: float) -> bool:
    """Whether the message still takes chunks."""
    stream = message.stream
    return stream is not None and bool(stream["open"]) and now - stream["started"] < LIFETIME


def new_stream(user_id: str | None, team_id: str | None, display: str, now: float) -> Json:
    """The state of a stream that has just begun."""
    return {
        "recipient": user_id,
        "team": team_id,
        "display": display,
        "started": now,
        "open": True,
        "mode": None,
        "chunks": [],
    }


def read_chunks(markdown: str | None, chunks: object) -> tuple[str | None, list[Json]]:
    """The chunks of a call and their mode; raises invalid_arguments, msg_too_long, ..."""
    if markdown and chunks:
        raise refused("invalid_arguments", ["cannot provide both `markdown_text` and `chunks`"])
    if markdown:
        return "text", _short([{"type": "markdown_text", "text": markdown}])
    if chunks is None:
        return None, []
    if not isinstance(chunks, list):
        raise refused("invalid_arguments", [wrong("must provide an array", "/chunks")])
    if problems := list(_problems(chunks)):
        raise refused("invalid_arguments", problems)
    return "chunks" if chunks else None, _short(_named(chunks))


def extended(message: Message, mode: str | None, chunks: list[Json], ending: list[Json]) -> None:
    """Add chunks, and blocks at the end; the message stays as it is when that is refused."""
    stream = message.stream
    assert stream is not None
    if mode is not None and stream["mode"] not in (None, mode):
        raise Refusal("streaming_mode_mismatch")
    together = [*stream["chunks"], *chunks]
    _short(together)
    blocks = [*_blocks(together, stream["display"]), *with_ids(ending)]
    check_blocks(blocks)
    stream["mode"], stream["chunks"] = mode or stream["mode"], together
    message.blocks = blocks or None
    written = (each["text"] for each in together if each["type"] == "markdown_text")
    message.text = delivered("".join(written))


def _problems(chunks: list[Any]) -> Iterator[str]:
    for index, chunk in enumerate(chunks):
        at = f"/chunks/{index}"
        problems = list(tagged(_CHUNKS)(chunk, at))
        if problems:
            yield wrong("failed to match exactly one allowed schema", at)
        yield from problems


def _named(chunks: list[Json]) -> list[Json]:
    named = copy.deepcopy(chunks)
    for chunk in named:
        if chunk["type"] == "blocks":
            check_blocks(chunk["blocks"])
            chunk["blocks"] = with_ids(chunk["blocks"])
    return named


def _short(chunks: list[Json]) -> list[Json]:
    written = sum(len(each["text"]) for each in chunks if each["type"] == "markdown_text")
    if written > MAX_MARKDOWN:
        raise Refusal("msg_too_long")
    return chunks


def _blocks(chunks: list[Json], display: str) -> list[Json]:
    tasks: dict[str, Json] = {}
    plan: Json = {"type": "plan", "block_id": "plan", "title": "", "tasks": []}
    blocks: list[Json] = []
    for chunk in chunks:
        match chunk["type"]:
            case "markdown_text":
                _write(blocks, chunk["text"])
            case "blocks":
                blocks += chunk["blocks"]
            case "plan_update":
                plan["title"] = chunk["title"]
            case _ if chunk["id"] in tasks:
                tasks[chunk["id"]] |= _task(chunk)
            case _:
                card = tasks[chunk["id"]] = _task(chunk)
                _place(blocks, plan, card, display)
    plan["title"] = plan["title"] or (plan["tasks"][0]["title"] if plan["tasks"] else "")
    return blocks


def _write(blocks: list[Json], written: str) -> None:
    if blocks and blocks[-1]["type"] == "markdown":
        blocks[-1]["text"] += written
    elif written:
        blocks.append({"type": "markdown", "block_id": f"text{len(blocks)}", "text": written})


def _place(blocks: list[Json], plan: Json, card: Json, display: str) -> None:
    if display != "plan":
        blocks.append(card)
        return
    if not plan["tasks"]:
        blocks.append(plan)
    plan["tasks"].append(card)


def _task(chunk: Json) -> Json:
    card: Json = {
        "type": "task_card",
        "block_id": f"task-{chunk['id']}"[:255],
        "task_id": chunk["id"],
        "title": chunk["title"],
        "status": chunk["status"],
    }
    for name in ("details", "output"):
        if chunk.get(name):
            card[name] = _rich(chunk[name])
    return card | {name: chunk[name] for name in ("sources", "icon") if name in chunk}


def _rich(written: str) -> Json:
    part = {"type": "text", "text": written}
    section = {"type": "rich_text_section", "elements": [part]}
    return {"type": "rich_text", "elements": [section]}
