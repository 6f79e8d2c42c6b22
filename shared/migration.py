"""Bringing a database to the current schema, without a command to remember."""

from pathlib import Path

from sqlalchemy import Connection, text

from shared.database import StoreError

HEAD = "0006"
# Any number will do, as long as no other program of the same database takes it for the same lock.
_LOCK = 7_263_514_903


def migrate(connection: Connection) -> None:
    """Apply the missing migrations in one transaction; other processes wait and find it done.

    Raises StoreError when the database belongs to a later release.
    """
    version = _version(connection)
    if version == HEAD:
        return
    if version is not None and version > HEAD:
        raise StoreError(
            f"The database has the schema {version} of a later release; this one knows {HEAD}. "
            "Update Workflow Ops here too, or use another DATABASE_URL."
        )
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    if _version(connection) != HEAD:
        _upgrade(connection)


def _version(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    # Alembic costs 100 ms, and a database of the current schema does not need it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
