"""What the sandbox remembers besides Temporal: one SQLite file.

Every row is committed as it is written: a killed sandbox finds on restart what it had answered for.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


def open_store(path: Path, schemas: Iterable[str]) -> sqlite3.Connection:
    """Open or create the file and its tables; each room owns its schema and its queries."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA journal_mode=WAL")
    # WAL keeps committed rows through a kill; only a power cut could lose the last ones.
    db.execute("PRAGMA synchronous=NORMAL")
    for schema in schemas:
        db.executescript(schema)
    return db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All statements inside are kept, or none."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield db
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
