"""Answers to a person, by the shortest way that is still open."""

import logging
from typing import Any

from slack_sdk.errors import SlackClientError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.blocks import MESSAGE_BLOCKS, context, section
from bot.delivery import Priority, SlackCalls, SlackRefused, upload
from bot.drafts import Drafts
from bot.message import Message
from bot.mrkdwn import code
from bot.request import By, Origin

_log = logging.getLogger(__name__)
_OK = 200


class Replies:
    """Says things to people where they asked."""

    def __init__(self, calls: SlackCalls, drafts: Drafts) -> None:
        self._calls = calls
        self._drafts = drafts

    async def answer(self, origin: Origin, message: Message, *, replace: bool = False) -> None:
        """Answer a question; in a channel's thread everybody sees it, elsewhere the person alone.

        `replace` puts the answer in the place of the message whose button was pressed.
        """
        stowed = await self._drafts.stow(message)
        if origin.is_public:
            await self._post(origin, stowed)
        else:
            await self._whisper(origin, stowed, replace=replace)

    async def whisper(self, origin: Origin, message: Message, *, replace: bool = False) -> None:
        """Say something that concerns nobody else, such as an error."""
        stowed = await self._drafts.stow(message)
        if origin.by in (By.MENTION, By.DIRECT):
            await self._post(origin, stowed)
        else:
            await self._whisper(origin, stowed, replace=replace)

    async def direct(self, user_id: str, message: Message) -> None:
        """Write to a person."""
        stowed = await self._drafts.stow(message)
        opened = await self._calls.call(
            "conversations.open", {"users": user_id}, Priority.INTERACTIVE
        )
        await self._post_to(opened["channel"]["id"], None, stowed)

    async def _whisper(self, origin: Origin, message: Message, *, replace: bool) -> None:
        if message.files:
            # Nothing ephemeral can hold a file.
            await self.direct(origin.user, Message(message.text, files=message.files))
            message = _without_files(message)
        if await self._by_response_url(origin, message, replace=replace):
            return
        if origin.channel and not origin.is_direct and await self._ephemeral(origin, message):
            return
        await self.direct(origin.user, message)

    async def _by_response_url(self, origin: Origin, message: Message, *, replace: bool) -> bool:
        if origin.response_url is None:
            return False
        webhook = AsyncWebhookClient(origin.response_url, retry_handlers=[])
        body: dict[str, Any] = {**_content(message), "response_type": "ephemeral"}
        body["replace_original"] = replace and origin.ephemeral
        if origin.thread_ts and not body["replace_original"]:
            body["thread_ts"] = origin.thread_ts
        try:
            answer = await webhook.send_dict(body)
        except (SlackClientError, OSError, TimeoutError) as error:
            # Nobody knows whether it arrived: a second copy is better than none.
            _log.warning("a response_url did not answer: %s", error)
            return False
        if answer.status_code != _OK:
            _log.info("a response_url was refused: %s %s", answer.status_code, answer.body[:200])
        return answer.status_code == _OK

    async def _ephemeral(self, origin: Origin, message: Message) -> bool:
        arguments = {"channel": origin.channel, "user": origin.user, **_content(message)}
        if origin.thread_ts:
            arguments["thread_ts"] = origin.thread_ts
        try:
            await self._calls.call("chat.postEphemeral", arguments, Priority.INTERACTIVE)
        except SlackRefused as error:
            _log.info("an ephemeral message was refused: %s", error)
            return False
        return True

    async def _post(self, origin: Origin, message: Message) -> None:
        if origin.channel is None:
            await self.direct(origin.user, message)
        else:
            await self._post_to(origin.channel, origin.thread_ts, message)

    async def _post_to(self, channel: str, thread_ts: str | None, message: Message) -> None:
        arguments: dict[str, Any] = {"channel": channel, **_content(message)}
        if thread_ts:
            arguments["thread_ts"] = thread_ts
        await self._calls.call("chat.postMessage", arguments, Priority.INTERACTIVE)
        for file in message.files:
            await upload(self._calls, file, channel=channel, thread_ts=thread_ts)


def _without_files(message: Message) -> Message:
    names = " and ".join(code(file.name) for file in message.files)
    note = f"📎 {names}: in your direct messages with me."
    blocks = message.blocks or (section(message.text),)
    return Message(f"{message.text} {note}", (*blocks[: MESSAGE_BLOCKS - 1], context(note)))


def _content(message: Message) -> dict[str, Any]:
    content: dict[str, Any] = {"text": message.text}
    if message.blocks:
        content["blocks"] = list(message.blocks)
    return {**content, "unfurl_links": False, "unfurl_media": False}
