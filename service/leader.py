"""Which of several schedulers may tick: one, by a lock that dies with its holder."""

from __future__ import annotations

import fcntl
from pathlib import Path
from threading import Lock
from typing import IO

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from service.db.engine import Database

ADVISORY_LOCK = 0x58514E47  # "XQNG": any number that nothing else on the database uses
# Such locks are the whole database's: two schemas in it are two services, and each has a scheduler.
_TAKE = text("SELECT pg_try_advisory_lock(CAST(:number AS bigint) # hashtextextended(current_schema(), 0))")


class Leader:
    """An advisory lock on PostgreSQL, a locked file beside an SQLite database. Thread-safe: jobs that begin at the same
    instant ask it together."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._path = folder / "scheduler.lock"
        self._held: IO[str] | Connection | None = None
        self._asking = Lock()

    def acquire(self) -> bool:
        """True where this process leads, now or already."""
        with self._asking:
            if isinstance(self._held, Connection) and not _answers(self._held):
                self._drop()  # cut off, and the lock with it: somebody else may lead by now
            if self._held is None:
                self._held = self._lock_file() if self._database.url.startswith("sqlite") else self._lock_row()
            return self._held is not None

    def release(self) -> None:
        with self._asking:
            self._drop()

    def _drop(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None

    def _lock_file(self) -> IO[str] | None:
        file = self._path.open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        return file

    def _lock_row(self) -> Connection | None:
        # A session-level lock: this connection is kept out of the pool and open for as long as we lead.
        connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()
        if connection.execute(_TAKE, {"number": ADVISORY_LOCK}).scalar():
            return connection
        connection.close()
        return None


def _answers(connection: Connection) -> bool:
    try:
        connection.execute(text("SELECT 1"))
    except DBAPIError:
        return False
    return True
