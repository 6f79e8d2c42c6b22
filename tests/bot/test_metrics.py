"""Metrics and health: what machines read of the bot, over HTTP as they do."""

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert

from bot.delivery import Counters, Outbox, Priority
from bot.message import Message
from bot.metrics.glance import Glance
from bot.metrics.health import Health
from bot.metrics.metrics import Metrics
from bot.metrics.pages import pages, serving
from bot.serve import running
from bot.transport.connected import Connected
from shared.alerts.subscriptions import add
from shared.alerts.sweeps.status import ENDED, note_complete, note_trouble
from shared.alerts.wanted import Wanted
from shared.api import open_api
from shared.call import Actor
from shared.database import Database
from shared.doctor.lateness import sweep_bound
from shared.tables import alert_groups, findings, leases, watches
from tests.bot.stage import free_port, installed_app, people_of_acme
from tests.bot.stores import opened, postgres, store_url  # noqa: F401 - fixtures
from tests.postgres import Postgres, run
from tests.slack.workspace import Person, local_slack, until

NOW = datetime.now(UTC)
_PATIENCE = 90.0
WELL = (200, {"status": "ok"})

type Samples = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


@dataclass(frozen=True, slots=True)
class Told:
    """The pages of a bot."""

    url: str

    async def metrics(self) -> Samples:
        """Every sample, as Prometheus reads it."""
        answer = await self._get("metrics")
        assert answer.headers["content-type"].startswith("text/plain")
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }

    async def value(self, name: str, **labels: str) -> float | None:
        """One sample, without the prefix of all of ours."""
        samples = await self.metrics()
        return samples.get((f"workflow_ops_{name}", frozenset(labels.items())))

    async def health(self) -> tuple[int, Any]:
        """Status and content."""
        answer = await self._get("health")
        return answer.status_code, answer.json()

    async def _get(self, page: str) -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False, timeout=_PATIENCE) as client:
            return await client.get(f"{self.url}/{page}")


@contextlib.asynccontextmanager
async def told(
    database: Database,
    *,
    tasks: tuple[asyncio.Task[None], ...] = (),
    connected: Connected | None = None,
    sweep_seconds: float = 5.0,
) -> AsyncIterator[Told]:
    """The pages of a bot of which nothing else is there; nothing is remembered between looks."""
    # Opening it takes long, and is not a look.
    await database.store()
    ticks = iter(range(1_000_000))
    glance = Glance(database, now=lambda: next(ticks), bound_seconds=60)
    metrics = Metrics(Counters(), glance, connected)
    routes = pages(metrics, Health(glance, tasks, connected, sweep_bound(sweep_seconds)))
    async with serving(routes, "127.0.0.1", 0) as url:
        yield Told(url)


async def test_counters_grow_with_what_people_do_and_health_sees_slack_leave(
    sandbox_url: str, tmp_path: Path
) -> None:
    async with (
        local_slack() as slack,
        open_api(sandbox_url, None) as api,
        running(
            api,
            await installed_app(slack),
            people_of_acme(),
            f"sqlite+aiosqlite:///{tmp_path / 'ops.db'}",
            metrics=("127.0.0.1", port := free_port()),
        ),
        Person(slack.workspace.base_url, "ana") as ana,
    ):
        bot = Told(f"http://127.0.0.1:{port}")
        await until(bot.health, lambda seen: seen == WELL, deadline=_PATIENCE)
        before = await bot.metrics()
        await ana.say("ops", "@workflows list")
        runs = {"method": "GET", "route": "/v1/workflows/runs", "status": "200"}
        posts = {"method": "chat.postMessage", "outcome": "ok"}
        for name, labels in (("api_requests_total", runs), ("slack_calls_total", posts)):
            await until(functools.partial(bot.value, name, **labels), deadline=_PATIENCE)
        sockets = functools.partial(bot.value, "slack_sockets")
        await until(sockets, lambda seen: seen == 2, deadline=_PATIENCE)
        after = await bot.metrics()
        assert all(after[key] >= value for key, value in before.items() if "_total" in key[0])
        await leaves_and_comes_back(ana, bot, next(iter(slack.workspace.apps)))


async def leaves_and_comes_back(ana: Person, bot: Told, app_id: str) -> None:
    """Slack revokes the tokens and hangs up, and then thinks better of it."""
    await ana.control.post("tokens", revoke=app_id)
    unwell = (503, {"status": "unwell", "reasons": ["no connection to Slack is open"]})
    await until(bot.health, lambda seen: seen == unwell, deadline=_PATIENCE)
    await ana.control.post("tokens", restore=app_id)
    await until(bot.health, lambda seen: seen == WELL, deadline=_PATIENCE)


async def test_gauges_tell_what_the_store_holds(store_url: str) -> None:  # noqa: F811
    async with opened(store_url) as database, told(database) as bot:
        outbox = Outbox(database)
        store = await database.store()
        assert await bot.value("findings_total", kind="failed") == 0
        async with store.writing() as connection:
            hello = Message("hello")
            await outbox.put(connection, "a", "C1", hello, priority=Priority.ALERT)
            await connection.execute(insert(watches), watch())
            await connection.execute(insert(alert_groups), group())
            for name in ("alerts", "watch:a", "watch:b"):
                await connection.execute(insert(leases), lease(name))
            for number, kind in enumerate(("failed", "failed", "waiting")):
                await connection.execute(insert(findings), finding(number, kind))
            await add(connection, "C1", Wanted(), Actor("slack", "U1", "Ana"), NOW)
            await note_complete(connection, ENDED, NOW - timedelta(seconds=90))
        assert await bot.value("findings_total", kind="failed") == 2
        assert await bot.value("findings_total", kind="waiting") == 1
        assert await bot.value("outbox_messages", state="pending") == 1
        assert await bot.value("outbox_messages", state="dead") == 0
        assert (await bot.value("outbox_oldest_waiting_seconds") or 0) > 0
        assert await bot.value("watches") == 1
        assert await bot.value("alert_groups", kind="failed", state="firing") == 1
        assert await bot.value("leases", work="watch") == 2
        assert await bot.value("leases", work="alerts") == 1
        assert await bot.value("lease_owners") == 1
        assert await bot.value("subscriptions") == 1
        assert (await bot.value("sweep_lag_seconds", part="ended") or 0) >= 90
        assert await bot.value("store_up") == 1
        async with store.writing() as connection:
            await connection.execute(insert(findings), finding(9, "failed"))
        assert await bot.value("findings_total", kind="failed") == 3


async def test_health_is_bad_while_somebody_waits_for_sweeps_that_do_not_come(
    store_url: str,  # noqa: F811
) -> None:
    async with opened(store_url) as database, told(database) as bot:
        assert await bot.health() == WELL
        store = await database.store()
        async with store.writing() as connection:
            await add(connection, "C1", Wanted(), Actor("slack", "U1", "Ana"), datetime.now(UTC))
        assert await bot.health() == WELL, "it was made just now"
        async with store.writing() as connection:
            long_ago = datetime.now(UTC) - timedelta(hours=1)
            await add(connection, "C1", Wanted(), Actor("slack", "U1", "Ana"), long_ago)
        status, content = await bot.health()
        assert (status, content["status"]) == (503, "unwell")
        assert "no sweep was complete" in content["reasons"][0]
        async with store.writing() as connection:
            await note_complete(connection, ENDED, datetime.now(UTC))
        assert await bot.health() == WELL


async def test_health_is_degraded_while_one_part_of_the_sweeps_does_not_look(
    store_url: str,  # noqa: F811
) -> None:
    async with opened(store_url) as database, told(database) as bot:
        store, now = await database.store(), datetime.now(UTC)
        waiting = Wanted.model_validate({"kinds": ["waiting"]})
        async with store.writing() as connection:
            ana, long_ago = Actor("slack", "U1", "Ana"), now - timedelta(hours=1)
            await add(connection, "C1", waiting, ana, long_ago)
            await note_complete(connection, ENDED, now)
            await note_complete(connection, "waiting", long_ago)
            await note_trouble(connection, "waiting", now, "a key of others: may not read this")
        reasons = ["the sweep of waiting did not look for more than 5 min"]
        assert await bot.health() == (200, {"status": "degraded", "reasons": reasons})
        async with store.writing() as connection:
            await note_complete(connection, ENDED, long_ago)
        status, content = await bot.health()
        assert (status, content["status"]) == (503, "unwell")
        async with store.writing() as connection:
            for part in (ENDED, "waiting"):
                await note_complete(connection, part, now)
            await note_trouble(connection, "slow", now, "nobody waits for it")
        assert await bot.health() == WELL


async def test_sweeps_that_are_to_be_rare_are_not_late_between_two_of_them(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ops.db'}"
    async with opened(url) as database, told(database, sweep_seconds=1_800) as bot:
        waiting = Wanted.model_validate({"kinds": ["waiting"]})
        now = datetime.now(UTC)
        async with (await database.store()).writing() as connection:
            ana = Actor("slack", "U1", "Ana")
            await add(connection, "C1", waiting, ana, now - timedelta(days=1))
            for part in (ENDED, "waiting"):
                await note_complete(connection, part, now - timedelta(minutes=29))
        assert await bot.health() == WELL
        async with (await database.store()).writing() as connection:
            await note_complete(connection, ENDED, now - timedelta(minutes=91))
        reasons = ["no sweep was complete for more than 1 h 30 min"]
        assert await bot.health() == (503, {"status": "unwell", "reasons": reasons})


async def test_a_database_that_goes_down_is_told_until_it_is_back(
    postgres: Postgres,  # noqa: F811
) -> None:
    async with opened(postgres.new_database()) as database, told(database) as bot:
        assert await bot.health() == WELL
        control(postgres, "-m", "fast", "stop")
        try:
            assert await bot.health() == (
                503,
                {"status": "unwell", "reasons": ["the store does not answer"]},
            )
            assert await bot.value("store_up") == 0
            assert await bot.value("watches") is None, "nobody knows how many there are"
        finally:
            start(postgres)
        assert await bot.health() == WELL
        assert await bot.value("store_up") == 1


def start(server: Postgres) -> None:
    """Bring it up again as it was."""
    options = f"-k {server.folder} -c listen_addresses=''"
    control(server, "-w", "-l", str(server.folder / "log"), "-o", options, "start")


def control(server: Postgres, *words: str) -> None:
    """Unlike the fixture's own end, a fast stop loses nothing that was committed."""
    run(server.binaries / "pg_ctl", server.folder, "-D", server.folder / "data", *words)


async def test_work_that_stopped_is_bad_health(tmp_path: Path) -> None:
    async def ends() -> None:
        raise ZeroDivisionError

    task = asyncio.create_task(ends(), name="sender")
    await asyncio.wait({task})
    async with (
        opened(f"sqlite:///{tmp_path / 'ops.db'}") as database,
        told(database, tasks=(task,)) as bot,
    ):
        status, content = await bot.health()

    assert (status, content["reasons"]) == (503, ["sender stopped"])
    assert isinstance(task.exception(), ZeroDivisionError)


async def test_openmetrics_is_spoken_to_those_who_ask_for_it(tmp_path: Path) -> None:
    async with (
        opened(f"sqlite:///{tmp_path / 'ops.db'}") as database,
        told(database) as bot,
        httpx.AsyncClient(trust_env=False, timeout=_PATIENCE) as client,
    ):
        accepted = {"accept": "application/openmetrics-text; version=1.0.0"}
        answer = await client.get(f"{bot.url}/metrics", headers=accepted)

    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


@pytest.mark.parametrize("setting", ["--metrics", "WORKFLOW_OPS_METRICS"])
def test_an_address_that_is_none_is_refused_by_its_name(
    setting: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from bot.__main__ import main

    given = [setting, "nowhere"] if setting.startswith("--") else []
    monkeypatch.setattr("sys.argv", ["workflow-bot", *given])
    if not given:
        monkeypatch.setenv(setting, "nowhere")

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 2
    assert setting in capsys.readouterr().err


def watch() -> dict[str, Any]:
    """A watch that goes on."""
    return {
        "id": "w",
        "execution_id": "order-1",
        "workflow": "order",
        "channel": "C1",
        "card_key": "card:w",
        "live_key": "live",
        "state": "live",
        "mode": "all",
        "requested_by": "U1",
        "created_at": NOW,
    }


def lease(name: str) -> dict[str, Any]:
    """One that holds."""
    return {"name": name, "owner": "me", "token": 1, "expires_at": NOW + timedelta(hours=1)}


def finding(number: int, kind: str) -> dict[str, Any]:
    """One of now."""
    return {
        "key": f"key-{number}",
        "kind": kind,
        "over": False,
        "subject": "order-1",
        "workflow": "order",
        "at": NOW,
        "found_at": NOW + timedelta(hours=1),
        "late": False,
        "detail": {},
    }


def group() -> dict[str, Any]:
    """One that fires."""
    empty: dict[str, Any] = {"labels": {}, "recent": [], "open": {}}
    times = dict.fromkeys(("first_at", "last_at", "created_at", "changed_at"), NOW)
    counts = {"count": 1, "reminders": 0, "version": 1, "shown_version": 0}
    named = {"id": "g", "subscription_id": "s", "fingerprint": "f", "live_key": "live"}
    kind = {"kind": "failed", "state": "firing", "message_key": "alert:g", "late": False}
    return {**empty, **times, **counts, **named, **kind}
