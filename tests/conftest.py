"""What every test may use."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.sandbox_process import Sandbox, shared_sandbox

# How long an example takes says more about the machine than about the code.
settings.register_profile("exploring", deadline=None)
# What decides about a change is the same every time.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("exploring")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The product runs on asyncio alone (slack-bolt, aiosqlite and temporalio do)."""
    return "asyncio"


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One sandbox for the whole run; tests use execution ids of their own."""
    folder = tmp_path_factory.getbasetemp()
    # The folders of xdist's workers lie in one of the run.
    spread = "PYTEST_XDIST_WORKER" in os.environ
    with shared_sandbox(folder.parent if spread else folder) as running:
        yield running


@pytest.fixture(scope="session")
def sandbox_url(sandbox: Sandbox) -> str:
    """The address of the Workflows API."""
    return sandbox.url
