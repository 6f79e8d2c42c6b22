"""Work that goes on in one process at a time, for as long as there is one."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable

from shared.errors import OpsError
from shared.leases.leases import LeaseLost, Leases
from shared.leases.rows import Lease
from shared.stream.tasks import first_of, stop

_log = logging.getLogger(__name__)

_PARTING_SECONDS = 3.0
_PARTING_LOOKS = 10


async def keep(leases: Leases, name: str, work: Callable[[Lease], Awaitable[None]]) -> None:
    """Do the work whenever nobody else does, for ever.

    The work is cancelled when its lease is lost; its errors are raised.
    """
    while True:
        lease = await _acquired(leases, name)
        try:
            with contextlib.suppress(LeaseLost):
                await first_of(work(lease), _lost(leases, lease))
        finally:
            await let_go(leases, [lease])
        await asyncio.sleep(leases.seconds / 10)


async def let_go(leases: Leases, held: Iterable[Lease]) -> None:
    """Release leases if that is possible soon; otherwise they expire."""
    release = asyncio.ensure_future(leases.release(held))
    try:
        for _ in range(_PARTING_LOOKS):
            # However long we stand still ourselves, that is one look.
            await asyncio.wait({release}, timeout=_PARTING_SECONDS / _PARTING_LOOKS)
            if release.done():
                return release.result()
        _log.info("leases are left to expire: they cannot be released soon")
    except OpsError as error:
        _log.info("leases are left to expire: %s", error)
    finally:
        await stop(release)


async def _acquired(leases: Leases, name: str) -> Lease:
    while True:
        try:
            if lease := await leases.acquire(name):
                return lease
        except OpsError as error:
            _log.warning("whether %s is free cannot be seen: %s", name, error)
        await asyncio.sleep(leases.seconds / 10)


async def _lost(leases: Leases, lease: Lease) -> None:
    """Renew the lease; return once it is lost, or could not be renewed for its whole length."""
    loop = asyncio.get_running_loop()
    with leases.keeping(lease), contextlib.suppress(TimeoutError):
        async with asyncio.timeout(leases.seconds) as limit:
            wait = leases.due
            while True:
                await asyncio.sleep(wait)
                try:
                    renewed_at = await leases.still(lease)
                except OpsError as error:
                    wait = leases.seconds / 10
                    _log.warning("%s cannot be renewed: %s", lease.name, error)
                    continue
                if renewed_at is None:
                    break
                limit.reschedule(renewed_at + leases.seconds)
                wait = max(renewed_at + leases.due - loop.time(), 0)
    _log.info("%s is lost", lease.name)
