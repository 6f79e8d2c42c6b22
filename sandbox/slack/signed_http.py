"""Deliveries over HTTP, signed as Slack signs them."""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp

from sandbox.slack.acknowledgement import Ack, NotAcknowledged, in_time
from sandbox.slack.clock import Clock
from sandbox.slack.model import App, Json

type Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def payload(self) -> Json:
        if not self.text.strip():
            return {}
        try:
            answer = json.loads(self.text)
        except ValueError:
            return {"text": self.text}
        return answer if isinstance(answer, dict) else {"text": self.text}


class SignedHttp:
    """Posts deliveries to the addresses of apps."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._client: aiohttp.ClientSession | None = None

    async def deliver(
        self, app: App, url: str, kind: str, payload: Json, headers: Headers | None = None
    ) -> Ack:
        """Post it and read the answer; raises `NotAcknowledged`."""
        content_type, body = encoded(kind, payload)
        response = await self._post(app, url, content_type, body, headers or {})
        if response.status != 200:
            final = response.headers.get("x-slack-no-retry") == "1"
            raise NotAcknowledged("dispatch_failed", "http_error", final)
        return Ack(response.payload)

    async def verify(self, app: App, url: str) -> bool:
        """Whether the address answers Slack's challenge."""
        challenge = hashlib.sha256(url.encode()).hexdigest()
        payload = {"token": "local", "challenge": challenge, "type": "url_verification"}
        content_type, body = encoded("events_api", payload)
        try:
            response = await self._post(app, url, content_type, body, {})
        except NotAcknowledged:
            return False
        said = response.payload.get("challenge") or response.text.strip()
        return response.status == 200 and said == challenge

    async def close(self) -> None:
        """End every connection."""
        if self._client is not None:
            await self._client.close()

    async def _post(
        self, app: App, url: str, content_type: str, body: bytes, headers: Headers
    ) -> _Answer:
        sent = {"content-type": content_type, "user-agent": "Slackbot 1.0 (local)"}
        sent |= signature(app.signing_secret, body) | headers
        posting = self._exchange(url, body, sent)
        try:
            return await in_time(self._clock, self._clock.now(), posting, "http_timeout")
        except (aiohttp.ClientError, OSError) as error:
            raise NotAcknowledged("dispatch_failed", "connection_failed") from error

    async def _exchange(self, url: str, body: bytes, headers: Headers) -> _Answer:
        posting = self._session().post(url, data=body, headers=headers, allow_redirects=False)
        async with posting as response:
            text = (await response.read()).decode(errors="replace")
            return _Answer(response.status, response.headers, text)

    def _session(self) -> aiohttp.ClientSession:
        if self._client is None:
            self._client = aiohttp.ClientSession(
                # Slack sends as much at once as people do.
                connector=aiohttp.TCPConnector(limit=0),
                # The clock of the workspace measures the three seconds, not the client.
                timeout=aiohttp.ClientTimeout(total=None),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._client


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
