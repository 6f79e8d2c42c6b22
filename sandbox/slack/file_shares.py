"""Where files are shared: the messages that carry them, and what becomes of those."""

import asyncio
import contextlib
from dataclasses import dataclass

from sandbox.slack.access import addressed
from sandbox.slack.model import App, Channel, File, Json
from sandbox.slack.posting import post
from sandbox.slack.refusals import Refusal
from sandbox.slack.workspace import Happening, Workspace

SHARED_AFTER = 0.05
"""Seconds until the message with a file is there; the reply to the app does not wait for it."""


@dataclass(frozen=True, slots=True)
class Share:
    """Files on their way into a channel, with what is said about them."""

    channel: Channel
    files: list[File]
    comment: str | None
    blocks: list[Json] | None
    thread_ts: str | None


def share_soon(workspace: Workspace, app: App, share: Share) -> None:
    """Post the files a moment later; when the channel is gone by then, nothing happens."""

    def now() -> None:
        with contextlib.suppress(Refusal):
            _post(workspace, app, share)

    asyncio.get_running_loop().call_later(SHARED_AFTER, now)


def shares_of(workspace: Workspace, file: File) -> Json:
    """The conversations that a file is in, by their kind."""
    kinds = {"channel": "channels", "private": "groups", "im": "ims"}
    found: Json = {name: [] for name in kinds.values()}
    for channel_id in dict(file.shares):
        found[kinds[workspace.channel(channel_id).kind]].append(channel_id)
    return found


def unshare(workspace: Workspace, file: File) -> None:
    """Take a file out of its messages; one that says nothing else goes with it."""
    for channel_id in dict(file.shares):
        channel = workspace.channel(channel_id)
        for message in [each for each in channel.messages if file.id in each.files]:
            message.files.remove(file.id)
            kind = "message_changed"
            if not (message.text or message.blocks or message.files):
                channel.messages.remove(message)
                kind = "message_deleted"
            workspace.tell(Happening(kind, channel_id, message.ts, message.user, message.app_id))


def _post(workspace: Workspace, app: App, share: Share) -> None:
    addressed(workspace, app, share.channel.id)
    there = [file for file in share.files if file.id in workspace.files]
    if not there:
        return
    post(
        workspace,
        app,
        share.channel.id,
        text=share.comment,
        blocks=share.blocks,
        thread_ts=share.thread_ts,
        files=[file.id for file in there],
    )
    for file in there:
        file.shares.append((share.channel.id, share.thread_ts))
