"""What Alembic runs: the migrations, in the transaction that the caller has opened."""

from alembic import context

from journeysync.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
