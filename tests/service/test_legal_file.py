"""A debtor's legal file: complete, whole, in three forms, and never taken out unseen."""

# ruff: noqa: F811
from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Table, insert, select

from service.channels.memory import MemorySender
from service.db import legal_file as store
from service.db.engine import Database
from service.db.tables import metadata
from service.db.tables.legal_file import legal_file_export
from service.documents.legal_file import print_legal_file
from service.domain.desk.legal_file import FileForm
from service.domain.desk.legal_file_check import Fault, Whole, check
from service.domain.errors import NotFound, Refused
from service.usecases.desk.export_legal_file import Wish, export_legal_file
from service.usecases.ports import FrozenClock
from tests.service.collecting import at, owe, pay, plan_now, rest, rows, send_now
from tests.service.desk_cast import known
from tests.service.test_cli import run
from tests.service.test_console import app, su, token, visitor  # noqa: F401  fixtures
from tests.service.whole_api import BORROWER, whole_api

# Tables that tell of a borrower and are not in his file: each with why.
NOT_IN_THE_FILE: dict[str, str] = {}


def about_a_borrower() -> set[str]:
    """Tables with a borrower_id, or a foreign key, or a column named like one, to such a table."""
    found = {"borrower"}

    def tells(table: Table) -> bool:
        named = {f"{name}_id" for name in found}
        keys = {key.column.table.name for column in table.c for key in column.foreign_keys}
        return bool(keys & found) or bool({column.name for column in table.c} & named)

    while more := {table.name for table in metadata.tables.values() if tells(table)} - found:
        found |= more
    return found


def history(database: Database, clock: FrozenClock) -> str:
    """A debtor who was written to, wrote back, paid something, and was left in peace; and another beside him."""
    owe(database, clock=clock)
    owe(database, clock=clock, borrower_id="b2")
    at(clock, "10:00")
    plan_now(database, clock)
    send_now(database, clock, MemorySender())
    with database.transaction() as conn:
        known(conn, "我下周还“两千”", now=clock.now())
    pay(database, clock=clock, amount_fen=10_000)
    rest(database, clock)
    return "b1"


def export(database: Database, clock: FrozenClock, form: FileForm = FileForm.JSON, *, key: str = "") -> bytes:
    out = io.BytesIO()
    wish = Wish("b1", form, "苏禾", "案号 118", "cli")
    export_legal_file(database, wish, out=out, clock=clock, key=key, print_pdf=print_legal_file)
    return out.getvalue()


def lines(raw: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in raw.splitlines()]


def test_every_table_that_tells_of_a_borrower_is_in_the_file(sqlite_database: Database) -> None:
    in_it = set(store.BY_TABLE)
    told = about_a_borrower()
    assert len(told) > 25
    assert told - in_it == set(NOT_IN_THE_FILE), "add a Section to service/db/legal_file.py, or say here why not"
    # The one names its order without a foreign key, the other is whoever acted.
    assert in_it - told == {"payment_callback", "agent"}


def test_the_file_has_every_row_of_the_borrower_and_none_of_another(database: Database, clock: FrozenClock) -> None:
    borrower_id = history(database, clock)
    found = lines(export(database, clock))
    by_section: dict[str, int] = {}
    for line in found:
        by_section[line["section"]] = by_section.get(line["section"], 0) + 1
    counts = found[-1]["body"]["counts"]
    assert counts == {name: count for name, count in by_section.items() if name != "manifest"}
    with database.reading() as conn:
        for section in store.SECTIONS:
            if "borrower_id" in section.table.c:
                mine = select(section.table).where(section.table.c.borrower_id == borrower_id)
                assert counts.get(section.table.name, 0) == len(conn.execute(mine).all()), section.table.name
    assert {"loan", "instalment", "ledger_event", "journal_line", "receipt", "outreach", "pause", "turn"} <= set(counts)
    ids = {line["body"].get("borrower_id", borrower_id) for line in found}
    assert ids == {borrower_id}


def test_an_outreach_stands_in_it_with_its_state_reasons_and_version(database: Database, clock: FrozenClock) -> None:
    history(database, clock)
    (kept,) = rows(database)
    (told,) = [one["body"] for one in lines(export(database, clock)) if one["section"] == "outreach"]
    assert (told["state"], told["reasons"], told["text"]) == (kept["state"], kept["reasons"], kept["text"])
    manifest = lines(export(database, clock))[-1]["body"]
    assert kept["policy_version"] in manifest["policy_versions"]["policy_version"]


@pytest.mark.parametrize("form", list(FileForm))
@pytest.mark.parametrize("key", ["", "a-secret"])
def test_each_form_is_whole_and_every_kind_of_change_shows(
    database: Database, clock: FrozenClock, form: FileForm, key: str
) -> None:
    history(database, clock)
    raw = export(database, clock, form, key=key)
    found = check(io.BytesIO(raw), key=key)
    assert isinstance(found, Whole)
    assert found.signed is bool(key)
    for place in range(0, len(raw), max(1, len(raw) // 97)):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        assert isinstance(check(io.BytesIO(changed), key=key), Fault)


def test_who_took_it_out_and_why_is_kept_and_stands_in_it(database: Database, clock: FrozenClock) -> None:
    history(database, clock)
    first = lines(export(database, clock))
    at(clock, "11:00")
    second = lines(export(database, clock))
    assert (first[0]["body"]["exported_by"], first[0]["body"]["reason"]) == ("苏禾", "案号 118")
    taken = [one["body"] for one in second if one["section"] == "legal_file_export"]
    assert [one["last_hash"] for one in taken] == [first[-1]["hash"], None]
    with database.reading() as conn:
        kept = [dict(row) for row in conn.execute(select(legal_file_export)).mappings()]
    assert {(one["made_by"], one["reason"], one["via"]) for one in kept} == {("苏禾", "案号 118", "cli")}


def test_without_a_reason_or_a_borrower_there_is_no_file(sqlite_database: Database, clock: FrozenClock) -> None:
    more = {"out": io.BytesIO(), "clock": clock, "key": "", "print_pdf": print_legal_file}
    with pytest.raises(Refused, match="原因"):
        export_legal_file(sqlite_database, Wish("b1", FileForm.CSV, "苏禾", "  ", "cli"), **more)
    with pytest.raises(NotFound):
        export_legal_file(sqlite_database, Wish("nobody", FileForm.CSV, "苏禾", "案号", "cli"), **more)
    assert more["out"].getvalue() == b""


def test_a_long_file_is_written_in_little_memory(sqlite_database: Database, clock: FrozenClock) -> None:
    import tracemalloc

    from service.db.tables.chat import turn

    history(sqlite_database, clock)
    with sqlite_database.transaction() as conn:
        conversation_id = known(conn, "再问", message_id="m2", now=clock.now())
        first = dict(conn.execute(select(turn)).mappings().first() or {})
        many = [
            first | {"id": 10_000 + n, "message_id": f"x{n}", "text": "长" * 400, "reply_to": None}
            for n in range(20_000)
        ]
        conn.execute(insert(turn), [one | {"conversation_id": conversation_id} for one in many])

    class Counting(io.RawIOBase):
        size = 0

        def write(self, data: bytes, /) -> int:  # type: ignore[override]
            self.size += len(data)
            return len(data)

    out = Counting()
    wish = Wish("b1", FileForm.JSON, "苏禾", "案号", "cli")
    tracemalloc.start()
    export_legal_file(sqlite_database, wish, out=out, clock=clock, key="", print_pdf=print_legal_file)  # type: ignore[arg-type]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert out.size > 25_000_000
    assert peak < 8_000_000


def test_the_operators_api_gives_the_file_and_other_tokens_do_not(
    sqlite_database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    with whole_api(sqlite_database, clock=clock, folder=tmp_path) as api:
        client, address = TestClient(api.app), f"/desk/borrowers/{BORROWER}/legal-file"
        wish = {"form": "csv", "reason": "案号"}
        for wrong in ({}, {"Authorization": f"Bearer {api.borrower_token}"}, {"Authorization": "Bearer service-token"}):
            assert client.post(address, json=wish, headers=wrong).status_code == 401
        headers = {"Authorization": f"Bearer {api.agent_token}"}
        answer = client.post(address, json=wish, headers=headers)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/csv")
        found = check(io.BytesIO(answer.content))
        assert isinstance(found, Whole)
        assert found.header["exported_by"] == "苏禾"
        assert client.post(address, json={"reason": " "}, headers=headers).json()["code"] == "reason_required"
        nobody = client.post("/desk/borrowers/nobody/legal-file", json=wish, headers=headers)
        assert nobody.json()["code"] == "borrower_unknown"


def test_an_agent_takes_it_out_in_the_console_in_his_own_name(
    su: TestClient, app: FastAPI, sqlite_database: Database, clock: FrozenClock
) -> None:
    app.state.services.settings.legal_file_key = "a-secret"
    history(sqlite_database, clock)
    form = token(su.get("/console/legal-file/b1"))
    refused = su.post("/console/legal-file/b1", data={"form_token": form, "form": "pdf", "reason": " "})
    assert refused.status_code == 422
    assert "请写明导出的原因" in refused.text
    answer = su.post("/console/legal-file/b1", data={"form_token": form, "form": "pdf", "reason": "案号"})
    assert answer.headers["content-type"] == "application/pdf"
    assert isinstance(check(io.BytesIO(answer.content), key="a-secret"), Whole)
    assert su.post("/console/legal-file/b1", data={"form_token": "x", "reason": "案号"}).status_code == 403


def test_the_command_line_writes_and_checks_a_file(tmp_path: Path, clock: FrozenClock) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    database = Database(f"sqlite:///{tmp_path / 'xiaoqing.db'}")
    history(database, clock)
    database.close()
    file = tmp_path / "b1.csv"
    order = ("legal-file", "b1", "--format", "csv", "--out", str(file))
    assert "--reason" in run(tmp_path, *order).stderr
    done = run(tmp_path, *order, "--by", "苏禾", "--reason", "案号")
    assert done.returncode == 0, done.stderr
    assert "已经存在" in run(tmp_path, *order, "--by", "苏禾", "--reason", "案号").stderr
    whole = run(tmp_path, "legal-file", "--verify", str(file))
    assert (whole.returncode, "与本系统的导出记录相符：苏禾" in whole.stdout) == (0, True)
    file.write_bytes(file.read_bytes().replace("两千".encode(), "三千".encode()))
    broken = run(tmp_path, "legal-file", "--verify", str(file))
    assert broken.returncode == 1
    assert "内容与校验值不符" in broken.stderr
