"""A message as history, events and interactions show it."""

import copy
import mimetypes

from sandbox.slack.model import File, Json, Message
from sandbox.slack.workspace import Workspace


def as_json(workspace: Workspace, message: Message, *, metadata: bool = False) -> Json:
    """The message; with its metadata only when asked for."""
    shown: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
    shown["team"] = workspace.team_id
    shown |= _author(workspace, message) | _thread(workspace, message)
    if message.subtype or message.broadcast:
        shown["subtype"] = message.subtype or "thread_broadcast"
    for name in ("blocks", "attachments", "edited"):
        if (value := getattr(message, name)) is not None:
            shown[name] = copy.deepcopy(value)
    if metadata and message.metadata is not None:
        shown["metadata"] = copy.deepcopy(message.metadata)
    if message.files:
        shown["files"] = [_file(workspace, file_id) for file_id in message.files]
    if message.reactions:
        shown["reactions"] = [
            {"name": name, "users": list(users), "count": len(users)}
            for name, users in message.reactions.items()
        ]
    if message.to is not None:
        shown["is_ephemeral"] = True
    return shown


def replies_of(workspace: Workspace, message: Message) -> list[Message]:
    """What everybody sees in the thread below a message."""
    return [
        each
        for each in workspace.channel(message.channel).messages
        if each.thread_ts == message.ts != each.ts and each.to is None
    ]


def _author(workspace: Workspace, message: Message) -> Json:
    app = workspace.apps.get(message.app_id or "")
    if app is None:
        return {}
    profile = {
        "id": app.bot_id,
        "app_id": app.id,
        "user_id": app.user,
        "name": app.name,
        "deleted": False,
        "team_id": workspace.team_id,
    }
    return {"app_id": app.id, "bot_id": app.bot_id, "bot_profile": profile}


def _thread(workspace: Workspace, message: Message) -> Json:
    if message.thread_ts is not None and message.thread_ts != message.ts:
        parent = workspace.channel(message.channel).message(message.thread_ts)
        return {"thread_ts": message.thread_ts} | (
            {"parent_user_id": parent.user} if parent else {}
        )
    replies = replies_of(workspace, message)
    if not replies:
        return {}
    users = list(dict.fromkeys(each.user for each in replies))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users": users,
        "reply_users_count": len(users),
        "latest_reply": replies[-1].ts,
    }


def _file(workspace: Workspace, file_id: str) -> Json:
    file = workspace.files.get(file_id)
    if file is None:
        return {"id": file_id, "mode": "tombstone"}
    return file_json(workspace, file)


def file_json(workspace: Workspace, file: File) -> Json:
    """A file as messages and `files.info` show it."""
    address = f"{workspace.base_url}/files/{file.id}"
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": mimetypes.guess_type(file.name)[0] or "application/octet-stream",
        "filetype": file.snippet_type or file.name.rpartition(".")[2],
        "mode": "snippet" if file.snippet_type else "hosted",
        "size": len(file.content) if file.content is not None else file.length,
        "user": file.user,
        "created": int(file.created),
        "url_private": address,
        "url_private_download": address,
        "permalink": address,
    }
