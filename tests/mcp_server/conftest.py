"""What tests of the MCP server share: a sandbox with some executions in it, and a database each."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.mcp_server.faces import Stage


@dataclass(frozen=True, slots=True)
class Ended:
    """Executions that are over, for whoever only reads."""

    completed: str
    failed: str
    batch: str


@pytest.fixture(scope="session")
def stage(sandbox_url: str) -> Stage:
    """The sandbox of this run."""
    return Stage(sandbox_url)


@pytest.fixture(scope="session")
def ended(stage: Stage) -> Ended:
    """One execution of each kind of ending."""

    async def all_of_them() -> Ended:
        return Ended(
            *await asyncio.gather(
                stage.ended("document-processing", pages=2),
                stage.ended("failing-report"),
                stage.ended("order-batch", orders=2),
            )
        )

    return asyncio.run(all_of_them())


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where the audit trail of one test goes."""
    return tmp_path / "audit.db"
