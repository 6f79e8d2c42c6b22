"""The embedded sandbox: started once, shared, started again after a crash, gone after its users."""

import http.server
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from shared.embedded import SandboxUnavailable, embedded_sandbox
from tests.mcp_server.programs import Talk, environment, talking


@contextmanager
def face(home: Path) -> Iterator[Talk]:
    """A server with a sandbox in the folder of its own state."""
    with talking(environment(home), "--sandbox", "--allow", "write") as talk:
        talk.hello()
        yield talk


def address(home: Path) -> dict[str, Any]:
    """Where the sandbox answers, and its process."""
    found: dict[str, Any] = json.loads((home / "sandbox" / "address.json").read_text())
    return found


def names_of(answer: Any) -> set[str]:
    assert not answer["isError"], answer["content"][0]["text"]
    return {each["name"] for each in answer["structuredContent"]["workflows"]}


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for_end(pid: int) -> None:
    """The sandbox is nobody's child here any more: only its absence can be seen."""
    deadline = time.monotonic() + 60
    while is_running(pid):
        assert time.monotonic() < deadline, "the sandbox outlives its users"
        time.sleep(0.1)


def test_faces_share_a_sandbox_that_survives_each_of_them_but_not_the_last(
    tmp_path: Path,
) -> None:
    with face(tmp_path) as first:
        call = first.begin("tools/call", name="list_workflows", arguments={})
        listing = first.begin("tools/list")
        # The sandbox takes seconds to come up; meanwhile the tools are there.
        assert first.read()["id"] == listing
        answer = first.read()
        assert answer["id"] == call
        assert "long-sync" in names_of(answer["result"])

        with face(tmp_path) as second:
            found = address(tmp_path)
            assert "long-sync" in names_of(second.call("list_workflows"))
            assert address(tmp_path) == found

            first.process.kill()
            first.process.wait()
            given = {"workflow": "daily-digest", "execution_id": "kept", "wait_seconds": 50}
            begun = second.call("start_workflow", **given)
            assert not begun["isError"]
            while begun["structuredContent"]["still_running"]:
                begun = second.call("wait_for_execution", execution_id="kept")
                assert not begun["isError"]

            os.kill(found["pid"], signal.SIGKILL)
            wait_for_end(found["pid"])
            answer = second.call("get_execution", execution_id="kept")
            while answer["isError"]:
                answer = second.call("get_execution", execution_id="kept")

            # What was there is there again, under the same address.
            assert answer["structuredContent"]["status"] == "COMPLETED"
            again = address(tmp_path)
            assert (again["url"], again["pid"] != found["pid"]) == (found["url"], True)

            second.process.kill()
            second.process.wait()

    wait_for_end(again["pid"])


async def test_what_is_not_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "temporalio", None)

    with pytest.raises(SandboxUnavailable, match=r"temporalio is missing.*workflow-ops\[sandbox\]"):
        async with embedded_sandbox(tmp_path):
            raise NotImplementedError


async def test_a_folder_that_cannot_be_used_is_said_so(tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.touch()

    with pytest.raises(SandboxUnavailable, match=r"does not start: .*Not a directory"):
        async with embedded_sandbox(taken / "state"):
            raise NotImplementedError


async def test_a_sandbox_with_another_key_is_said_so(tmp_path: Path) -> None:
    class Refusing(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(401)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        note = {"url": f"http://127.0.0.1:{server.server_port}", "pid": os.getpid()}
        (tmp_path / "address.json").write_text(json.dumps(note))

        with pytest.raises(SandboxUnavailable, match="WORKFLOW_OPS_SANDBOX_KEY"):
            async with embedded_sandbox(tmp_path):
                raise NotImplementedError
        server.shutdown()
