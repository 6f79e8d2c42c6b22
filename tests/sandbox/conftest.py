"""What the sandbox's own tests share."""

from collections.abc import Iterator

import pytest

from tests.sandbox.world import World
from tests.sandbox_process import Sandbox


@pytest.fixture(scope="session")
def world(sandbox: Sandbox) -> Iterator[World]:
    """A plain HTTP client of the running sandbox."""
    with World(sandbox.url) as world:
        yield world
