"""Files: an address to upload to, completion with a share, reading and deleting."""

from sandbox.slack.access import addressed
from sandbox.slack.checks import check_blocks
from sandbox.slack.file_shares import Share, share_soon, shares_of, unshare
from sandbox.slack.limits import Tier
from sandbox.slack.message_json import file_json
from sandbox.slack.method_call import Method, MethodCall, invalid
from sandbox.slack.model import Channel, File, Json
from sandbox.slack.posting import thread_of
from sandbox.slack.refusals import Refusal
from sandbox.slack.uploads import upload_address
from sandbox.slack.workspace import Happening

MAX_LENGTH = 1_000_000_000
MAX_SNIPPET = 1_000_000

_SNIPPETS = frozenset(
    """
    apache applescript auto boxnote c cfm clojure coffeescript cpp csharp css csv d dart diff
    dockerfile email erlang fsharp fortran go groovy handlebars haskell haxe html java javascript
    json kotlin latex lisp lua markdown matlab mumps objc ocaml pascal perl php pig post powershell
    puppet python r ruby rust sass scala scheme shell smalltalk sql swift text tsv typescript vb
    vbscript velocity verilog xml yaml
    """.split()  # noqa: SIM905
)


async def upload_url(call: MethodCall) -> Json:
    """Announce a file; its content goes to the address in the answer."""
    name, length = call.required("filename"), call.number("length", 0)
    snippet_type = call.text("snippet_type") or None
    if length < 1:
        raise invalid("must be greater than 0 [json-pointer:/length]")
    if length > MAX_LENGTH:
        raise Refusal("file_upload_size_restricted")
    if snippet_type is not None and snippet_type not in _SNIPPETS:
        raise Refusal("unknown_snippet_type")
    if snippet_type is not None and length > MAX_SNIPPET:
        raise Refusal("snippet_too_large")
    workspace = call.workspace
    file = File(
        workspace.new_id("F"),
        name,
        length,
        call.app.user,
        workspace.clock.now(),
        snippet_type=snippet_type,
    )
    workspace.files[file.id] = file
    return {"upload_url": upload_address(workspace, file), "file_id": file.id}


async def complete(call: MethodCall) -> Json:
    """Finish uploads; the message that shares them comes a moment later."""
    listed = _listed(call)
    channels = _channels(call)
    thread_ts = call.text("thread_ts") or None
    if thread_ts is not None and len(channels) != 1:
        raise invalid("`thread_ts` needs exactly one channel")
    for channel in channels:
        thread_of(call.workspace, channel.id, thread_ts)
    comment, blocks = call.text("initial_comment"), call.json("blocks", "invalid_blocks_format")
    if blocks is not None:
        check_blocks(blocks)
    for file, title in listed:
        file.title, file.completed = title or file.title, True
    call.workspace.tell(Happening("file", user=call.app.user, app_id=call.app.id))
    files = [file for file, _ in listed]
    for channel in channels:
        share_soon(call.workspace, call.app, Share(channel, files, comment, blocks, thread_ts))
    return {"files": [file_json(call.workspace, file) for file in files]}


async def info(call: MethodCall) -> Json:
    """A file that the app uploaded, or that was shared where the app is."""
    file = _visible(call)
    shown = file_json(call.workspace, file) | shares_of(call.workspace, file)
    answer: Json = {"file": shown, "comments": [], "response_metadata": {"next_cursor": ""}}
    if file.snippet_type and file.content is not None:
        answer["content"] = file.content.decode(errors="replace")
    return answer


async def delete(call: MethodCall) -> Json:
    """Delete a file, and the messages that consist of nothing else."""
    file = _visible(call)
    if file.user != call.app.user:
        raise Refusal("cant_delete_file")
    del call.workspace.files[file.id]
    unshare(call.workspace, file)
    call.workspace.tell(Happening("file", user=call.app.user, app_id=call.app.id))
    return {}


def _listed(call: MethodCall) -> list[tuple[File, str]]:
    listed = call.json("files")
    if not isinstance(listed, list) or not listed:
        raise invalid("missing required field: files")
    return [_uploaded(call, each, index) for index, each in enumerate(listed)]


def _uploaded(call: MethodCall, given: object, index: int) -> tuple[File, str]:
    at = f"[json-pointer:/files/{index}]"
    if not isinstance(given, dict) or not isinstance(given.get("id"), str):
        raise invalid(f"missing required field: id {at}")
    file = call.workspace.files.get(given["id"])
    if file is None or file.user != call.app.user:
        raise Refusal("file_not_found")
    if file.content is None:
        raise invalid(f"nothing was uploaded {at}")
    if file.completed:
        raise invalid(f"the upload is complete already {at}")
    return file, str(given.get("title") or "")


def _channels(call: MethodCall) -> list[Channel]:
    named = call.words("channels")
    if channel_id := call.text("channel_id"):
        named = [channel_id]
    return [addressed(call.workspace, call.app, each) for each in named]


def _visible(call: MethodCall) -> File:
    file = call.workspace.files.get(call.required("file"))
    if file is None or not file.completed:
        raise Refusal("file_not_found")
    shared = {channel_id for channel_id, _ in file.shares}
    members = [call.workspace.channels[each].members for each in shared]
    if file.user != call.app.user and not any(call.app.user in each for each in members):
        raise Refusal("file_not_found")
    return file


METHODS = {
    "files.getUploadURLExternal": Method(upload_url, "files:write", Tier.T4),
    "files.completeUploadExternal": Method(complete, "files:write", Tier.T4),
    "files.info": Method(info, "files:read", Tier.T4),
    "files.delete": Method(delete, "files:write", Tier.T3),
}
