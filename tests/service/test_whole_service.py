"""The service as it is put together: on PostgreSQL as on SQLite, with one leader, and with its file pulled away."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, func, select, text

from service.db.engine import Database
from service.db.tables import metadata
from service.db.tables.loan import borrower, day_close
from service.demo.seed import CHUNK, is_taken, seed
from service.domain.errors import Unavailable
from service.leader import Leader
from service.prepare import is_migrated, migrate
from service.scheduler import tick_once
from service.settings import Settings
from service.usecases.collect.pause import pause
from service.usecases.ports import FrozenClock
from service.web import create_app
from service.wiring import SANDBOX_PAY, SANDBOX_WECHAT, Services, build
from tests import fresh_databases

BORROWERS = 40


def settings(database: Database, folder: Path) -> Settings:
    return Settings(
        _env_file=None,
        data_dir=folder,
        database_url=database.url,
        service_port=9,
        demo=True,
        app_signing_key="k" * 32,
        console_signing_key="c" * 32,
        console_password="password-of-the-tests",
        payment_gateway_key="g" * 32,
    )


def write(services: Services, *, borrowers: int = BORROWERS) -> None:
    seed(
        services.database,
        clock=services.clock,
        products=services.products,
        price_caps=services.price_caps,
        borrowers=borrowers,
        pause=pause,
    )


def count(database: Database) -> int:
    with database.reading() as conn:
        return int(conn.scalar(select(func.count()).select_from(borrower)) or 0)


def test_migrate_seed_tick_and_serve_work_on_both_databases(
    database: Database, tmp_path: Path, clock: FrozenClock
) -> None:
    metadata.drop_all(database.engine)
    config = settings(database, tmp_path)
    assert not is_migrated(config)
    migrate(config)
    assert is_migrated(config)
    services = build(config, clock=clock)
    write(services)
    assert count(database) == BORROWERS
    first, second = tick_once(services), tick_once(services)
    assert not [result for result in (first | second).values() if str(result).startswith("失败")]
    assert first["日终与计划"]["新计划"] > 0
    assert first["发送"].sent > 0
    assert (second["日终与计划"]["新计划"], second["发送"].sent) == (0, 0)
    with TestClient(create_app(services, with_scheduler=False)) as http:
        assert http.get("/health").json() == {"status": "ok"}
        assert "周谷雨" in http.get("/demo").text
        token = http.post("/chat/visitors").json()["token"]
        answer = http.get("/chat/turns", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"


def paths(services: Services) -> set[str]:
    return {getattr(route, "path", "") for route in create_app(services, with_scheduler=False).routes}


def test_no_stand_in_is_served_beside_what_it_stands_in_for(
    sqlite_database: Database, tmp_path: Path, clock: FrozenClock
) -> None:
    """A stand-in knows the secrets, and would sign a push or a callback for whoever asks."""
    wechat = {"wechat_app_id": "wx1", "wechat_app_secret": "s", "wechat_token": "t", "wechat_aes_key": "a" * 43}
    demo = settings(sqlite_database, tmp_path).model_copy(update=wechat)
    assert {SANDBOX_PAY, SANDBOX_WECHAT} <= paths(build(demo, clock=clock))
    real_bank = demo.model_copy(update={"payment_gateway_url": "https://pay.example"})
    assert {SANDBOX_PAY, SANDBOX_WECHAT} & paths(build(real_bank, clock=clock)) == {SANDBOX_WECHAT}
    real_wechat = demo.model_copy(update={"wechat_api_url": "https://wechat.example"})
    assert {SANDBOX_PAY, SANDBOX_WECHAT} & paths(build(real_wechat, clock=clock)) == {SANDBOX_PAY}
    for_real = demo.model_copy(update={"demo": False, "payment_gateway_url": "https://pay.example"})
    assert {SANDBOX_PAY, SANDBOX_WECHAT, "/demo"} & paths(build(for_real, clock=clock)) == set()


def test_nothing_is_a_demonstration_unless_it_is_said_to_be() -> None:
    bare = Settings(_env_file=None)
    assert [bare.demo, bare.sandbox_pays, bare.stands_in_for_wechat, bare.has_gateway] == [False] * 4
    assert not Settings(_env_file=None, payment_gateway_url="https://pay.example").has_gateway
    assert Settings(_env_file=None, payment_gateway_url="https://pay.example", payment_gateway_key="k").has_gateway


def test_closing_gives_back_every_connection(sqlite_database: Database, tmp_path: Path, clock: FrozenClock) -> None:
    wechat = {"wechat_app_id": "wx1", "wechat_app_secret": "s", "wechat_token": "t", "wechat_aes_key": "a" * 43}
    services = build(settings(sqlite_database, tmp_path).model_copy(update=wechat), clock=clock)
    services.close()
    assert services.wechat_api is not None
    clients = (services.gateway._http, services.understander._http, services.wechat_api._http)
    assert all(client.is_closed for client in clients)


def test_a_portfolio_that_was_cut_off_is_written_to_its_end_by_the_next_run(
    sqlite_database: Database, tmp_path: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = build(settings(sqlite_database, tmp_path), clock=clock)

    def killed(done: int, _total: int) -> None:
        raise KeyboardInterrupt

    wanted = CHUNK + 10
    with pytest.raises(KeyboardInterrupt):
        seed(
            services.database,
            clock=clock,
            products=services.products,
            price_caps=services.price_caps,
            borrowers=wanted,
            pause=pause,
            progress=killed,
        )
    assert count(sqlite_database) == CHUNK
    assert not is_taken(sqlite_database)
    write(services, borrowers=wanted)
    assert count(sqlite_database) == wanted
    assert is_taken(sqlite_database)
    with sqlite_database.reading() as conn:
        assert conn.scalar(select(func.count()).select_from(day_close)) == 1
    services.close()


def test_a_ledger_of_real_people_is_never_added_to(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        conn.execute(
            text("INSERT INTO borrower (id, name, phone, created_at) VALUES ('c-1', 'n', 'p', '2026-01-01 00:00:00')")
        )
    assert is_taken(sqlite_database)


def test_of_two_schedulers_one_leads_until_it_ends(database: Database, tmp_path: Path) -> None:
    first, second = Leader(database, tmp_path), Leader(database, tmp_path)
    assert first.acquire()
    assert not second.acquire()
    assert first.acquire()
    first.release()
    assert second.acquire()
    assert not first.acquire()
    second.release()


def test_two_services_in_one_database_have_a_scheduler_each(postgres_database: Database, tmp_path: Path) -> None:
    with fresh_databases.postgres() as other_database:
        ours, theirs = Leader(postgres_database, tmp_path), Leader(other_database, tmp_path)
        assert ours.acquire()
        assert theirs.acquire()
        ours.release()
        theirs.release()


def test_jobs_that_begin_together_take_the_lead_once_and_keep_it(sqlite_database: Database, tmp_path: Path) -> None:
    began = threading.Barrier(6)

    def begin(leader: Leader) -> bool:
        began.wait()
        return leader.acquire()

    with ThreadPoolExecutor(6) as threads:
        for _ in range(100):
            leader, other = Leader(sqlite_database, tmp_path), Leader(sqlite_database, tmp_path)
            assert all(threads.map(begin, [leader] * 6))
            assert not other.acquire(), "the lock was let go while its holder went on"
            leader.release()


def test_a_leader_whose_connection_was_cut_leads_no_more(postgres_database: Database, tmp_path: Path) -> None:
    first, second = Leader(postgres_database, tmp_path), Leader(postgres_database, tmp_path)
    assert first.acquire()
    assert isinstance(first._held, Connection)
    pid = first._held.scalar(text("SELECT pg_backend_pid()"))
    with postgres_database.transaction() as conn:
        assert conn.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    assert second.acquire()
    assert not first.acquire()
    second.release()
    assert first.acquire()
    first.release()


def test_a_database_file_that_was_deleted_or_replaced_is_told_and_not_read_on(
    tmp_path: Path, clock: FrozenClock
) -> None:
    path = tmp_path / "xiaoqing.db"
    database = Database(f"sqlite:///{path}")
    config = settings(database, tmp_path)
    migrate(config)
    services = build(config, clock=clock)
    http = TestClient(create_app(services, with_scheduler=False), raise_server_exceptions=False)
    assert http.get("/health").status_code == 200
    path.rename(tmp_path / "elsewhere.db")
    for _ in range(2):
        assert http.get("/health").status_code == 503
        answer = http.get("/demo")
        assert answer.status_code == 503
        assert "数据库文件" in answer.json()["detail"]
    assert not path.exists(), "an empty database in its place would answer that nobody owes anything"
    path.touch()
    with pytest.raises(Unavailable), services.database.reading():
        pass
    path.unlink()
    (tmp_path / "elsewhere.db").rename(path)
    assert http.get("/health").status_code == 200
    services.close()
