"""How alembic runs a migration here: on the connection it is given, each revision in its own transaction."""

from alembic import context

from safehand.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
