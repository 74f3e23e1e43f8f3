"""How alembic finds the database and the tables; run through `xiaoqing migrate`."""

from alembic import context
from sqlalchemy import create_engine, pool

from service.db.tables import chat, collect, desk, loan, metadata, payment  # noqa: F401  registers the tables


def run() -> None:
    connectable = context.config.attributes.get("connection")
    if connectable is None:
        url = context.config.get_main_option("sqlalchemy.url")
        engine = create_engine(url, poolclass=pool.NullPool)
        with engine.begin() as connection:
            _migrate(connection)
        return
    _migrate(connectable)


def _migrate(connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


run()
