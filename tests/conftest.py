"""What every test may use."""

from collections.abc import Iterator

import pytest

from tests.sandbox_process import Sandbox, running_sandbox


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The product runs on asyncio alone (slack-bolt, aiosqlite and temporalio do)."""
    return "asyncio"


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One sandbox for the whole run; tests use execution ids of their own."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture(scope="session")
def sandbox_url(sandbox: Sandbox) -> str:
    """The address of the Workflows API."""
    return sandbox.url
