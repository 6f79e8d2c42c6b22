"""chat.unfurl: what an app shows below the links of others."""

import copy
from typing import Any
from urllib.parse import urlsplit

from sandbox.slack.access import visible
from sandbox.slack.checks import check_message, with_ids
from sandbox.slack.limits import Tier
from sandbox.slack.method_call import Method, MethodCall
from sandbox.slack.model import App, Json, Message
from sandbox.slack.posting import tell_of
from sandbox.slack.refusals import Refusal


async def unfurl(call: MethodCall) -> Json:
    """Answer `chat.unfurl`: an attachment for each link that the message has."""
    message = _message(call)
    shown = [_attachment(call.app, message, url, body) for url, body in _unfurls(call).items()]
    shown += _entities(call, message)
    check_message(message.text, None, shown)
    urls = {each["from_url"] for each in shown}
    kept = [each for each in message.attachments or () if each.get("from_url") not in urls]
    message.attachments = [*kept, *shown]
    tell_of(call.workspace, "message_changed", message, call.app)
    return {}


def _message(call: MethodCall) -> Message:
    channel_id, ts = call.text("channel"), call.text("ts")
    if not channel_id:
        raise Refusal("missing_channel")
    if not ts:
        raise Refusal("missing_ts")
    try:
        channel = visible(call.workspace, call.app, channel_id)
    except Refusal:
        raise Refusal("cannot_find_channel") from None
    message = channel.message(ts)
    if message is None or message.to is not None:
        raise Refusal("cannot_find_message")
    return message


def _unfurls(call: MethodCall) -> Json:
    unfurls: Any = call.json("unfurls", "invalid_unfurls_format")
    if not unfurls and not call.json("metadata", "invalid_metadata_format"):
        raise Refusal("missing_unfurls")
    if not isinstance(unfurls or {}, dict):
        raise Refusal("invalid_unfurls_format")
    return dict(unfurls or {})


def _entities(call: MethodCall, message: Message) -> list[Json]:
    """Work objects: `metadata.entities`, each about one link."""
    metadata: Any = call.json("metadata", "invalid_metadata_format") or {}
    entities: Any = metadata.get("entities", []) if isinstance(metadata, dict) else None
    if not isinstance(entities, list) or not all(isinstance(each, dict) for each in entities):
        raise Refusal("error_processing_metadata")
    return [
        _attachment(call.app, message, str(each.get("app_unfurl_url")), {"entity": each})
        for each in entities
    ]


def _attachment(app: App, message: Message, url: str, body: Any) -> Json:
    if not isinstance(body, dict) or not body:
        raise Refusal("cannot_parse_attachment")
    if url.replace("&", "&amp;") not in message.text and url not in message.text:
        raise Refusal("cannot_unfurl_message")
    if not _is_of(app, url):
        raise Refusal("cannot_unfurl_url")
    shown = copy.deepcopy(body) | {"from_url": url, "app_id": app.id, "is_app_unfurl": True}
    return shown | ({"blocks": with_ids(body["blocks"])} if _blocks(body) else {})


def _blocks(body: Json) -> bool:
    blocks = body.get("blocks")
    return isinstance(blocks, list) and all(isinstance(each, dict) for each in blocks)


def _is_of(app: App, url: str) -> bool:
    """Whether the app has said that it unfurls links to this host."""
    host = urlsplit(url).hostname or ""
    domains = app.features.get("unfurl_domains") or ()
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


METHODS = {"chat.unfurl": Method(unfurl, "links:write", Tier.T3)}
