"""Databases for a benchmark: a file and a schema of their own, removed at its end."""

from __future__ import annotations

import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from service.db.engine import Database
from service.db.tables import loan as _loans  # noqa: F401  registers them
from service.db.tables import metadata
from service.db.tables import payment as _orders  # noqa: F401  registers them
from tests.fresh_databases import POSTGRES


def timed(what: Callable[[], object]) -> float:
    """Seconds."""
    started = time.perf_counter()
    what()
    return time.perf_counter() - started


@contextmanager
def sqlite() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'bench.db'}")
        metadata.create_all(database.engine)
        yield database
        database.close()


@contextmanager
def postgres() -> Iterator[Database]:
    schema = f"bench_{uuid.uuid4().hex[:12]}"
    admin = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.execute(text(f"CREATE SCHEMA {schema}"))
        database = Database(f"{POSTGRES}?options=-csearch_path%3D{schema}")
        try:
            metadata.create_all(database.engine)
            yield database
        finally:
            database.close()
            conn.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    admin.dispose()


def there_is_postgres() -> bool:
    try:
        engine = create_engine(POSTGRES, connect_args={"connect_timeout": 2})
        engine.connect().close()
        engine.dispose()
    except Exception:
        return False
    return True
