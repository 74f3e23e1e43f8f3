"""How the service reaches its database, and the only place that commits.

SQLite takes the write lock when a transaction begins (BEGIN IMMEDIATE), so that read-then-write is never a
race; PostgreSQL locks rows (`with_for_update()`, which SQLite's dialect leaves out).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, DateTime, Engine, String, create_engine, event, literal_column
from sqlalchemy.types import TypeDecorator

from service.domain.errors import Unavailable


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant; kept in UTC on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime may not be stored")
        utc = value.astimezone(timezone.utc)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)


class ExactDecimal(TypeDecorator[Decimal]):
    """A rate kept as its decimal text: SQLite would make a float of NUMERIC."""

    impl = String(40)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Any) -> str | None:
        return None if value is None else format(value, "f")

    def process_result_value(self, value: str | None, dialect: Any) -> Decimal | None:
        return None if value is None else Decimal(value)


class Database:
    """One engine. `transaction()` writes and commits at its end or rolls back; `reading()` never commits."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self._look: dict[str, Any] = {"takes_no_write_lock": True}
        if self.engine.dialect.name == "postgresql":
            self._look["isolation_level"] = "REPEATABLE READ"  # SQLite reads a snapshot by itself

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One unit of work: everything in it becomes visible together, or nothing does."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A look at the data as of one moment, however many statements it takes; it takes no write lock."""
        with self.engine.connect().execution_options(**self._look) as connection:
            yield connection
            connection.rollback()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One connection for several transactions in a row; its temporary tables end with it."""
        with self.engine.connect() as connection:
            try:
                yield Session(connection)
            finally:
                connection.invalidate()  # not back into the pool; detached, it would stay open where an interrupt came

    def close(self) -> None:
        self.engine.dispose()


class Session:
    """A connection of its own. `transaction()` is that of `Database`; `scratch()` keeps what it writes, too, but
    may write to temporary tables only, and so holds nobody up."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        with self._begun(takes_no_write_lock=False) as connection:
            yield connection

    @contextmanager
    def scratch(self) -> Iterator[Connection]:
        with self._begun(takes_no_write_lock=True) as connection:
            yield connection

    @contextmanager
    def _begun(self, *, takes_no_write_lock: bool) -> Iterator[Connection]:
        self._connection.execution_options(takes_no_write_lock=takes_no_write_lock)
        with self._connection.begin():
            yield self._connection


def constant(word: str) -> ColumnElement[str]:
    """A word of ours as part of a statement, not as a parameter of it: a database that plans a statement before it sees
    the parameters uses a partial index only for words that stand there."""
    assert word.isidentifier(), word
    return literal_column(f"'{word}'", String)


def one_of(column: ColumnElement[str], words: Iterable[str]) -> ColumnElement[bool]:
    """Whether the column has one of these words, each a `constant`."""
    return column.in_([constant(word) for word in words])


def sha256_hex(said: str) -> str:
    """The hash of a text, for SQLite, which has none."""
    return hashlib.sha256(said.encode()).hexdigest()


def _engine(url: str) -> Engine:
    # hide_parameters: an error in a log must not show what a borrower wrote.
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20, hide_parameters=True)
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 15}, hide_parameters=True)

    if engine.url.database and engine.url.database != ":memory:":
        _watch_file(engine, Path(engine.url.database))

    @event.listens_for(engine, "connect")
    def _prepare(raw: Any, _record: Any) -> None:
        raw.isolation_level = None  # SQLAlchemy, not the driver, says when a transaction begins
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA synchronous = FULL")
        raw.execute("PRAGMA foreign_keys = ON")
        raw.create_function("sha256_hex", 1, sha256_hex, deterministic=True)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("takes_no_write_lock")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _watch_file(engine: Engine, path: Path) -> None:
    """Refuse to go on with a file that was deleted or replaced: SQLite would read on in the deleted one, and
    make an empty one for the next connection."""
    opened: list[int] = []

    def check(*_: Any) -> None:
        if opened and opened[0] != _inode(path):
            raise Unavailable(f"数据库文件 {path} 被删除或替换了。请停止服务，恢复文件后再启动。")

    event.listen(engine, "do_connect", check)
    event.listen(engine, "connect", lambda *_: opened.append(_inode(path)) if not opened else None)
    event.listen(engine, "checkout", check)


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return 0
