"""A channel of the local Slack workspace: people act, and the terminal shows what they see."""

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any

import httpx

from scripts.demo.stage import StepFailed
from scripts.demo.terminal import BOLD, DIM, paint

_PATIENCE_SECONDS = 60
_LOOK_SECONDS = 0.1
_DATE = re.compile(r"<!date\^\d+\^[^|>]*\|([^>]*)>")
_UNSEEN = ("confirm", "type", "block_id", "action_id", "value", "style", "metadata")
_ITALIC = re.compile(r"(?<!\w)_([^_]+)_(?!\w)")
_USER = re.compile(r"<@(\w+)>")

type Message = dict[str, Any]


class Channel:
    """One channel, with whoever acts in it."""

    def __init__(self, root: str, name: str) -> None:
        self._client = httpx.AsyncClient(base_url=f"{root}/control/", timeout=30, trust_env=False)
        self._name = name
        self._people: dict[str, str] = {}

    async def aclose(self) -> None:
        """Hang up."""
        await self._client.aclose()

    async def install(self, manifest: dict[str, Any]) -> dict[str, str]:
        """Install the app and let it into the channel; answers its tokens."""
        made = await self._post("apps", manifest=manifest)
        await self._post("channels", invite=self._name, user=made["bot_user_id"])
        return {name: str(value) for name, value in made.items()}

    async def command(self, who: str, text: str) -> None:
        """Type a slash command."""
        print(f"  {paint(BOLD, who)} types {paint(BOLD, f'/workflows {text}')}")
        await self._post("command", user=who, channel=self._name, text=f"/workflows {text}")

    async def press(self, who: str, message: Message, label: str) -> None:
        """Press a button."""
        print(f"  {paint(BOLD, who)} presses {paint(BOLD, f'[{label}]')}")
        button = next((each for each in _buttons(message) if each["text"]["text"] == label), None)
        if button is None:
            raise StepFailed(f"there is no button {label!r}")
        await self._post(
            "click",
            user=who,
            channel=self._name,
            ts=message["ts"],
            action_id=button["action_id"],
            value=button["value"],
        )

    async def sees(
        self,
        who: str,
        words: str,
        *,
        thread: Message | None = None,
        like: Callable[[Message], bool] = lambda message: True,
    ) -> Message:
        """Wait until a person sees a message with these words, and show it."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            for message in reversed(await self.messages(who, thread)):
                if words in _texts(message) and like(message):
                    await self._show(message, indent="      " if thread else "    ")
                    return message
            await asyncio.sleep(_LOOK_SECONDS)
        raise StepFailed(f"{who} never saw a message with {words!r}")

    async def messages(self, who: str, thread: Message | None = None) -> list[Message]:
        """What a person sees: the channel, or a thread in it without its first message."""
        query = {"user": who, "channel": self._name}
        if thread is not None:
            query["thread_ts"] = thread["ts"]
        answer = await self._client.get("messages", params=query)
        shown: list[Message] = answer.raise_for_status().json()["messages"]
        return shown[1:] if thread is not None else shown

    async def _post(self, path: str, **body: Any) -> dict[str, Any]:
        answer = (await self._client.post(path, json=body)).json()
        if not answer.get("ok") or answer.get("error"):
            raise StepFailed(f"Slack refused {path}: {answer.get('hint') or answer.get('error')}")
        return dict(answer)

    async def _show(self, message: Message, indent: str) -> None:
        await self._learn()
        note = paint(DIM, " (only visible to you)") if message.get("ephemeral") else ""
        lines = [line for block in message.get("blocks") or [] for line in _lines(block)]
        for number, line in enumerate(lines or [message.get("text", "")]):
            print(f"{indent}{paint(DIM, '│')} {self._plain(line)}{note if number == 0 else ''}")

    async def _learn(self) -> None:
        if not self._people:
            state = (await self._client.get("state", params={"user": "ana"})).json()
            self._people = {user["id"]: user["name"] for user in state["users"]}

    def _plain(self, text: str) -> str:
        """Markup as a terminal can show it."""
        named = _USER.sub(lambda found: f"@{self._people.get(found[1], found[1])}", text)
        plain = _ITALIC.sub(r"\1", _DATE.sub(r"\1", named)).replace("*", "").replace("`", "")
        return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _lines(block: dict[str, Any]) -> list[str]:
    match block:
        case {"type": "header", "text": {"text": str(text)}}:
            return [paint(BOLD, text)]
        case {"type": "section"}:
            texts = [block["text"]["text"]] if "text" in block else []
            fields = [field["text"].replace("\n", " ") for field in block.get("fields", ())]
            return [line for text in (*texts, *fields) for line in text.splitlines()]
        case {"type": "actions", "elements": list(elements)}:
            shown = [each["text"]["text"] for each in elements if "text" in each]
            return [" ".join(f"[{label}]" for label in shown)]
        case {"type": "rich_text"}:
            return _texts(block).splitlines()
    return []


def _buttons(message: Message) -> list[dict[str, Any]]:
    return [
        element
        for block in message.get("blocks") or []
        for element in block.get("elements", ())
        if element.get("type") == "button"
    ]


def _texts(value: Any) -> str:
    match value:
        case {"text": str(text)} if "blocks" not in value:
            return text
        case dict():
            shown = (part for name, part in value.items() if name not in _UNSEEN)
            return "\n".join(filter(None, map(_texts, shown)))
        case list():
            return "".join(map(_texts, value)) if _is_rich(value) else "\n".join(map(_texts, value))
        case str():
            return value
    return ""


def _is_rich(parts: list[Any]) -> bool:
    return all(isinstance(each, dict) and each.get("type") == "text" for each in parts)
