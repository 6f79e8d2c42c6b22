"""One request to Slack and its answer, as a value or an error of ours."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.delivery.errors import SlackRefused, SlackUnreachable
from shared.retry import retry_after
from shared.text import one_line

# Errors of Slack's own machinery: the call may have had its effect.
_INTERNAL = frozenset(
    {"fatal_error", "internal_error", "request_timeout", "service_unavailable", "team_unavailable"}
)
_TOO_MANY = 429
_OK = 200
_DEFAULT_PAUSE = 1.0


async def exchange(
    client: AsyncWebClient, method: str, arguments: Mapping[str, Any]
) -> dict[str, Any]:
    """Raises SlackRefused or SlackUnreachable."""
    answer = await answered(client, method, arguments)
    return answer.data if isinstance(answer.data, dict) else {}


async def answered(
    client: AsyncWebClient, method: str, arguments: Mapping[str, Any]
) -> AsyncSlackResponse:
    """The whole answer, headers too; raises SlackRefused or SlackUnreachable."""
    try:
        return await client.api_call(method, data=_form(arguments))
    except SlackApiError as error:
        _refuse(method, error.response)
    except (aiohttp.ClientError, SlackClientError, OSError) as error:
        raise _unreachable(method, error) from error


async def send_bytes(client: AsyncWebClient, url: str, content: bytes) -> None:
    """Bring the bytes of a file to the address that Slack gave; raises SlackUnreachable."""
    timeout = aiohttp.ClientTimeout(total=client.timeout)
    try:
        async with (
            aiohttp.ClientSession(
                timeout=timeout, trust_env=client.trust_env_in_session
            ) as session,
            session.post(url, data=content, proxy=client.proxy, ssl=client.ssl or True) as answer,
        ):
            if answer.status != _OK:
                why = f"the upload was answered with HTTP {answer.status}"
                raise SlackUnreachable("the upload of a file", why, maybe_done=False)
    except (aiohttp.ClientError, OSError) as error:
        # Bytes that were brought show nowhere before the upload is completed.
        raise SlackUnreachable("the upload of a file", _why(error), maybe_done=False) from error


def _form(arguments: Mapping[str, Any]) -> dict[str, str]:
    """Forms are what every method of Slack takes; structures go into them as JSON."""
    return {name: _field(value) for name, value in arguments.items() if value is not None}


def _field(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _refuse(method: str, response: Any) -> NoReturn:
    status = getattr(response, "status_code", None) or getattr(response, "status", None) or 0
    data = getattr(response, "data", None)
    body: Mapping[str, Any] = data if isinstance(data, dict) else {}
    error = one_line(str(body.get("error") or ""), 100)
    if status == _TOO_MANY or error in ("ratelimited", "rate_limited"):
        pause = retry_after(getattr(response, "headers", None) or {})
        seconds = _DEFAULT_PAUSE if pause is None else pause
        raise SlackRefused(method, "ratelimited", retry_after=seconds)
    if not error or error in _INTERNAL or status >= 500:
        raise SlackUnreachable(method, error or f"it answered HTTP {status}", maybe_done=True)
    needed = one_line(str(body.get("needed") or ""), 100) or None
    raise SlackRefused(method, error, needed=needed, messages=_messages(body))


def _messages(body: Mapping[str, Any]) -> tuple[str, ...]:
    metadata = body.get("response_metadata")
    listed = metadata.get("messages") if isinstance(metadata, dict) else None
    found = listed if isinstance(listed, list) else body.get("errors")
    return tuple(one_line(str(each), 200) for each in found[:5]) if isinstance(found, list) else ()


def _unreachable(method: str, error: Exception) -> SlackUnreachable:
    never_sent = isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
    return SlackUnreachable(method, _why(error), maybe_done=not never_sent)


def _why(error: Exception) -> str:
    return one_line(str(error), 150) or type(error).__name__
