"""How alembic finds the database and the tables; run through `xiaoqing migrate`."""

from alembic import context
from sqlalchemy import Connection, create_engine, pool

from service.db.engine import ExactDecimal, UtcDateTime
from service.db.tables import (
    metadata,
)


def run() -> None:
    connectable = context.config.attributes.get("connection")
    if connectable is None:
        url = context.config.get_main_option("sqlalchemy.url")
        engine = create_engine(url, poolclass=pool.NullPool)
        with engine.begin() as connection:
            _migrate(connection)
        return
    _migrate(connectable)


def _plain_types(kind, item, _context):  # type: ignore[no-untyped-def]
    """A migration names what the database keeps, not our classes, which may change later."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, ExactDecimal):
        return "sa.String(length=40)"
    return False


def _migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, render_item=_plain_types)
    with context.begin_transaction():
        context.run_migrations()


run()
