"""Leases that are left by a process which stands still meanwhile, in both databases."""

import asyncio
from typing import Any

import pytest

from shared.leases import Leases, let_go
from tests.bot.stores import opened, postgres, store_url

__all__ = ["postgres", "store_url"]

PATIENCE_SECONDS = 60


class HaltingLoop(asyncio.SelectorEventLoop):
    """An ordinary loop, on which time can go by while nothing is done."""

    def __init__(self) -> None:
        self._lost = 0.0
        super().__init__()

    def time(self) -> float:
        return super().time() + self._lost

    def stand_still(self, seconds: float) -> None:
        self._lost += seconds


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"loop_factory": HaltingLoop}


async def test_who_stands_still_while_leaving_lets_others_go_on_at_once_all_the_same(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, HaltingLoop)
    monkeypatch.setattr("shared.leases.keeping._PARTING_SECONDS", PATIENCE_SECONDS)
    async with opened(store_url) as database:
        here, there = Leases(database, "here"), Leases(database, "there")
        held = await here.acquire("alerts")
        assert held is not None
        leaving = asyncio.create_task(let_go(here, [held]))
        await asyncio.sleep(0)
        loop.stand_still(PATIENCE_SECONDS + 1)
        await leaving

        taken = await there.acquire("alerts")
        assert taken is not None
        assert taken.token == held.token + 1
