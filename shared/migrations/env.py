"""Runs migrations in the transaction that `shared.migration` has begun."""

from alembic import context

from shared.tables import metadata

# Executed by Alembic in its own way, never imported: this is its main program.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,
)
context.run_migrations()
