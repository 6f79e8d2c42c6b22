"""Deliveries over HTTP, signed as Slack signs them."""

import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

import httpx

from sandbox.slack.acknowledgement import Ack, NotAcknowledged, in_time
from sandbox.slack.clock import Clock
from sandbox.slack.model import App, Json

type Headers = dict[str, str]


class SignedHttp:
    """Posts deliveries to the addresses of apps."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._client: httpx.AsyncClient | None = None

    async def deliver(
        self, app: App, url: str, kind: str, payload: Json, headers: Headers | None = None
    ) -> Ack:
        """Post it and read the answer; raises `NotAcknowledged`."""
        content_type, body = encoded(kind, payload)
        response = await self._post(app, url, content_type, body, headers or {})
        if response.status_code != 200:
            final = response.headers.get("x-slack-no-retry") == "1"
            raise NotAcknowledged("dispatch_failed", "http_error", final)
        return Ack(_answered(response))

    async def verify(self, app: App, url: str) -> bool:
        """Whether the address answers Slack's challenge."""
        challenge = hashlib.sha256(url.encode()).hexdigest()
        payload = {"token": "local", "challenge": challenge, "type": "url_verification"}
        content_type, body = encoded("events_api", payload)
        try:
            response = await self._post(app, url, content_type, body, {})
        except NotAcknowledged:
            return False
        answer = _answered(response)
        said = answer.get("challenge") or response.text.strip()
        return response.status_code == 200 and said == challenge

    async def close(self) -> None:
        """End every connection."""
        if self._client is not None:
            await self._client.aclose()

    async def _post(
        self, app: App, url: str, content_type: str, body: bytes, headers: Headers
    ) -> httpx.Response:
        if self._client is None:
            # The clock of the workspace measures the three seconds, not the client.
            self._client = httpx.AsyncClient(timeout=None, trust_env=False)
        sent = {"content-type": content_type, "user-agent": "Slackbot 1.0 (local)"}
        sent |= signature(app.signing_secret, body) | headers
        posting = self._client.post(url, content=body, headers=sent)
        try:
            return await in_time(self._clock, self._clock.now(), posting, "http_timeout")
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise NotAcknowledged("dispatch_failed", "connection_failed") from error


def encoded(kind: str, payload: Json) -> tuple[str, bytes]:
    """The content type and the body that Slack uses for this kind of delivery."""
    form = "application/x-www-form-urlencoded"
    match kind:
        case "events_api":
            return "application/json", json.dumps(payload).encode()
        case "slash_commands":
            return form, urlencode(payload).encode()
        case _:
            return form, urlencode({"payload": json.dumps(payload)}).encode()


def signature(secret: str, body: bytes, timestamp: int | None = None) -> Headers:
    """The headers that prove where a request comes from.

    The receiver judges the timestamp by the clock of the machine, so it is the machine's.
    """
    moment = str(round(time.time()) if timestamp is None else timestamp)
    signed = b"v0:" + moment.encode() + b":" + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return {"x-slack-request-timestamp": moment, "x-slack-signature": f"v0={digest}"}


def _answered(response: httpx.Response) -> Json:
    if not response.text.strip():
        return {}
    try:
        answer = response.json()
    except ValueError:
        return {"text": response.text}
    return answer if isinstance(answer, dict) else {"text": response.text}
