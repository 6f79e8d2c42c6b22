"""The Workflows API behind a door that answers some calls itself, or keeps their answers."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import httpx
from aiohttp import web

from tests.bot.doors import caller, passed_back, sent_on, served


class Kept:
    """An answer on its way, as old as its call: it `came`, and goes on when it is to `go`."""

    def __init__(self) -> None:
        self.came = asyncio.Event()
        self.go = asyncio.Event()


@dataclass(frozen=True)
class _Answer:
    pattern: re.Pattern[str]
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, object] = field(default_factory=lambda: {"code": "no", "message": "not now"})
    done: bool = False
    times: int = 10**9
    since: str = ""


class FailingApi:
    """Passes everything on, but for what it answers itself, by patterns of `GET /v1/...`.

    `passed` has all that the API heard.
    """

    def __init__(self, api_url: str, client: httpx.AsyncClient) -> None:
        self.url = ""
        self.passed: list[str] = []
        self._api_url = api_url
        self._client = client
        self._answers: list[_Answer] = []
        self._keeping: list[tuple[re.Pattern[str], Kept]] = []
        self._used: dict[int, int] = {}

    def limit(self, pattern: str, since: str = "") -> None:
        """Too many requests, for longer than anybody waits; from the first call `since` on."""
        wait = {"Retry-After": "60"}
        self._answers.append(_Answer(re.compile(pattern), 429, wait, since=since))

    def fail(self, pattern: str, times: int = 10**9) -> None:
        """The API breaks before it does anything."""
        self._answers.append(_Answer(re.compile(pattern), 500, times=times))

    def lose(self, pattern: str, times: int = 1) -> None:
        """It is done, and the answer does not come."""
        self._answers.append(_Answer(re.compile(pattern), 504, done=True, times=times))

    def tell(self, pattern: str, told: Mapping[str, object]) -> None:
        """The API says this."""
        self._answers.append(_Answer(re.compile(pattern), 200, told=told))

    def keep(self, pattern: str) -> Kept:
        """Keep the next answer to a call of this kind."""
        self._keeping.append((re.compile(pattern), kept := Kept()))
        return kept

    def mend(self) -> None:
        """Everything passes."""
        self._answers.clear()
        self._keeping.clear()

    def asked(self, pattern: str) -> list[str]:
        """What the API heard of this kind."""
        return [each for each in self.passed if re.fullmatch(pattern, each)]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One call."""
        called = f"{request.method} {request.path}"
        instead = self._instead(called)
        if instead is not None and not instead.done:
            return _refusal(instead)
        kept = self._kept(called)
        self.passed.append(called)
        async with sent_on(request, self._client, self._api_url) as answer:
            if instead is not None:
                return _refusal(instead)
            if kept is not None:
                await answer.aread()
                kept.came.set()
                await kept.go.wait()
            return await passed_back(request, answer)

    def _kept(self, called: str) -> Kept | None:
        for each in self._keeping:
            if each[0].fullmatch(called):
                self._keeping.remove(each)
                return each[1]
        return None

    def _instead(self, called: str) -> _Answer | None:
        for each in self._answers:
            used = self._used.get(id(each), 0)
            begun = not each.since or self.asked(each.since)
            if begun and used < each.times and each.pattern.fullmatch(called):
                self._used[id(each)] = used + 1
                return each
        return None


@contextlib.asynccontextmanager
async def failing_api(api_url: str) -> AsyncIterator[FailingApi]:
    """A door before the API, at its own `url`."""
    async with caller() as client:
        door = FailingApi(api_url, client)
        async with served(door.answer) as door.url:
            yield door


def _refusal(answer: _Answer) -> web.Response:
    told, headers = dict(answer.told), dict(answer.headers)
    return web.json_response(told, status=answer.status, headers=headers)
