"""Answers to a person, by the shortest way that is still open."""

import logging
from collections.abc import Mapping
from typing import Any

from slack_sdk.errors import SlackClientError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.blocks import MESSAGE_BLOCKS, context, section
from bot.delivery import Priority, SlackCalls, SlackRefused, SlackUnreachable, upload
from bot.delivery.ladder import REFUSALS_OF_CONTENT, Form, forms
from bot.drafts import Drafts
from bot.message import Message
from bot.mrkdwn import code, line
from bot.request import By, Origin
from bot.spelled_out import spelled_out

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
        await self._direct(user_id, await self._drafts.stow(message))

    async def _direct(self, user_id: str, message: Message) -> None:
        opened = await self._calls.call(
            "conversations.open", {"users": user_id}, Priority.INTERACTIVE
        )
        await self._post_to(opened["channel"]["id"], None, message)

    async def _whisper(self, origin: Origin, message: Message, *, replace: bool) -> None:
        if not message.files:
            await self._tell(origin, message, replace=replace)
            return
        # Nothing ephemeral can hold a file.
        try:
            await self._direct(origin.user, Message(message.text, files=message.files))
        except (SlackRefused, SlackUnreachable) as error:
            _log.warning("files cannot be sent to %s: %s", origin.user, error)
            await self._tell(origin, Message(message.text, message.blocks), replace=replace)
            for file in message.files:
                for part in spelled_out(file, error):
                    await self._tell(origin, part, replace=False)
        else:
            await self._tell(origin, _without_files(message), replace=replace)

    async def _tell(self, origin: Origin, message: Message, *, replace: bool) -> None:
        """Say it to one person, by the first way that is open."""
        if await self._by_response_url(origin, message, replace=replace):
            return
        if origin.channel and not origin.is_direct and await self._ephemeral(origin, message):
            return
        await self._direct(origin.user, message)

    async def _by_response_url(self, origin: Origin, message: Message, *, replace: bool) -> bool:
        if origin.response_url is None:
            return False
        webhook = AsyncWebhookClient(origin.response_url, retry_handlers=[])
        body: dict[str, Any] = {"response_type": "ephemeral"}
        body["replace_original"] = replace and origin.ephemeral
        if origin.thread_ts and not body["replace_original"]:
            body["thread_ts"] = origin.thread_ts
        for form in forms(message):
            try:
                answer = await webhook.send_dict({**_content(form), **body})
            except (SlackClientError, OSError, TimeoutError) as error:
                # Nobody knows whether it arrived: a second copy is better than none.
                _log.warning("a response_url did not answer: %s", error)
                return False
            if answer.status_code == _OK:
                return True
            _log.info("a response_url was refused: %s %s", answer.status_code, answer.body[:200])
            if not any(each in answer.body for each in REFUSALS_OF_CONTENT):
                return False
            self._calls.counters.stepped_down += 1
        return False

    async def _ephemeral(self, origin: Origin, message: Message) -> bool:
        arguments = {"channel": origin.channel, "user": origin.user, "thread_ts": origin.thread_ts}
        try:
            await self._plainer_until_taken("chat.postEphemeral", arguments, message)
        except SlackRefused as error:
            _log.info("an ephemeral message was refused: %s", error)
            return False
        return True

    async def _post(self, origin: Origin, message: Message) -> None:
        if origin.channel is None:
            await self._direct(origin.user, message)
            return
        try:
            await self._post_to(origin.channel, origin.thread_ts, message)
        except SlackRefused as error:
            _log.warning("nothing can be posted in %s: %s", origin.channel, error)
            alone = _with_note(message, f"Only you see this. {line(str(error), 300)}")
            if not await self._ephemeral(origin, alone):
                raise
            for file in message.files:
                for part in spelled_out(file, error):
                    await self._ephemeral(origin, part)

    async def _post_to(self, channel: str, thread_ts: str | None, message: Message) -> None:
        place = {"channel": channel, "thread_ts": thread_ts}
        form = await self._plainer_until_taken("chat.postMessage", place, message)
        for file in (*message.files, *((form.rest,) if form.rest else ())):
            try:
                await upload(self._calls, file, channel=channel, thread_ts=thread_ts)
            except (SlackRefused, SlackUnreachable) as error:
                _log.warning("the file %s cannot be shown in %s: %s", file.name, channel, error)
                for part in spelled_out(file, error):
                    await self._plainer_until_taken("chat.postMessage", place, part)

    async def _plainer_until_taken(
        self, method: str, arguments: Mapping[str, Any], message: Message
    ) -> Form:
        """Send the richest form that Slack takes; raises what it says to the plainest."""
        refusal: SlackRefused | None = None
        for form in forms(message):
            try:
                content = {**arguments, **_content(form)}
                await self._calls.call(method, content, Priority.INTERACTIVE)
            except SlackRefused as error:
                if error.error not in REFUSALS_OF_CONTENT:
                    raise
                _log.warning("an answer is shown in a plainer form: %s", error)
                self._calls.counters.stepped_down += 1
                refusal = error
            else:
                return form
        assert refusal is not None, "a message has at least one form"
        raise refusal


def _without_files(message: Message) -> Message:
    names = " and ".join(code(file.name) for file in message.files)
    return _with_note(message, f"📎 {names}: in your direct messages with me.")


def _with_note(message: Message, note: str) -> Message:
    blocks = message.blocks or (section(message.text),)
    return Message(f"{message.text} {note}", (*blocks[: MESSAGE_BLOCKS - 1], context(note)))


def _content(form: Form) -> dict[str, Any]:
    content: dict[str, Any] = {"text": form.text}
    if form.blocks:
        content["blocks"] = list(form.blocks)
    return {**content, "unfurl_links": False, "unfurl_media": False}
