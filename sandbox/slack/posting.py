"""Messages of apps: posted, changed and deleted, and as history shows them."""

import copy
from collections.abc import Sequence

from sandbox.slack.checks import check_message, check_metadata, with_ids
from sandbox.slack.message_json import as_json as as_json
from sandbox.slack.model import App, Json, Message
from sandbox.slack.refusals import Refusal
from sandbox.slack.streaming import is_streaming
from sandbox.slack.wording import delivered
from sandbox.slack.workspace import Happening, Workspace


def post(
    workspace: Workspace,
    app: App,
    channel: str,
    *,
    text: str | None = None,
    blocks: list[Json] | None = None,
    attachments: list[Json] | None = None,
    thread_ts: str | None = None,
    metadata: Json | None = None,
    to: str | None = None,
    broadcast: bool = False,
    links: bool = True,
    files: Sequence[str] = (),
) -> Message:
    """Check and post; may the app post there at all is for the caller to know."""
    check_content(text, blocks, attachments, metadata, files)
    message = Message(
        ts=workspace.new_ts(),
        channel=channel,
        user=app.user,
        text=delivered(text or "", links=links),
        blocks=with_ids(blocks) or None,
        attachments=_attached(attachments),
        thread_ts=thread_of(workspace, channel, thread_ts),
        metadata=copy.deepcopy(metadata) or None,
        app_id=app.id,
        to=to,
        broadcast=broadcast and thread_ts is not None,
        files=list(files),
    )
    return put(workspace, message)


def put(workspace: Workspace, message: Message) -> Message:
    """Put a finished message into its channel and tell; of an ephemeral one as "ephemeral"."""
    workspace.channel(message.channel).messages.append(message)
    tell_of(workspace, "message", message)
    return message


def update(
    workspace: Workspace,
    app: App,
    message: Message,
    *,
    text: str | None = None,
    blocks: list[Json] | None = None,
    attachments: list[Json] | None = None,
    metadata: Json | None = None,
    links: bool = True,
) -> Message:
    """Change a message; text alone takes its blocks and attachments away, None leaves as it is."""
    if is_streaming(message, workspace.clock.now()):
        raise Refusal("streaming_state_conflict")
    text_alone = text is not None and blocks is None
    new_blocks = [] if text_alone else message.blocks if blocks is None else blocks
    kept = message.attachments if text is None else None
    new_attachments = kept if attachments is None else attachments
    new_text = message.text if text is None else text
    check_content(new_text, new_blocks, new_attachments, metadata, message.files)
    message.text = delivered(new_text, links=links)
    message.blocks = with_ids(new_blocks) or None
    message.attachments = _attached(new_attachments)
    message.stream = None
    if metadata is not None:
        message.metadata = copy.deepcopy(metadata) or None
    if message.blocks is None:
        message.edited = {"user": app.user, "ts": workspace.new_ts()}
    tell_of(workspace, "message_changed", message, app)
    return message


def delete(workspace: Workspace, app: App, message: Message) -> None:
    """Take a message away; one with replies leaves a mark in its place."""
    channel = workspace.channel(message.channel)
    if any(each.thread_ts == message.ts != each.ts for each in channel.messages):
        message.text, message.blocks, message.attachments = "This message was deleted.", None, None
        message.metadata, message.edited, message.stream = None, None, None
        message.files, message.reactions, message.subtype = [], {}, "tombstone"
    else:
        channel.messages.remove(message)
    tell_of(workspace, "message_deleted", message, app)


def thread_of(workspace: Workspace, channel: str, thread_ts: str | None) -> str | None:
    """The ts of the thread's first message, also when a reply was named."""
    if thread_ts is None:
        return None
    parent = workspace.channel(channel).message(thread_ts)
    if parent is None or parent.to is not None:
        raise Refusal("thread_not_found")
    return parent.thread_ts or parent.ts


def check_content(
    text: str | None,
    blocks: list[Json] | None,
    attachments: list[Json] | None,
    metadata: Json | None,
    files: Sequence[str] = (),
) -> None:
    """Raises no_text, msg_too_long, or what is wrong with the blocks, attachments or metadata."""
    if not ((text or "").strip() or blocks or attachments or files):
        raise Refusal("no_text")
    check_message(text or "", blocks, attachments)
    if metadata is not None:
        check_metadata(metadata)


def _attached(attachments: list[Json] | None) -> list[Json] | None:
    """The attachments with numbers, and their blocks with ids."""
    return [
        copy.deepcopy(each)
        | {"id": number}
        | ({"blocks": with_ids(each["blocks"])} if each.get("blocks") else {})
        for number, each in enumerate(attachments or (), 1)
    ] or None


def tell_of(workspace: Workspace, kind: str, message: Message, app: App | None = None) -> None:
    """Say that something became of a message, by its author or by an app."""
    workspace.tell(
        Happening(
            kind if message.to is None else "ephemeral",
            channel=message.channel,
            ts=message.ts,
            user=app.user if app else message.user,
            app_id=app.id if app else message.app_id,
        )
    )
