"""Documents as PDF: what they say is what the ledger says, and nobody gets another's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader

from service.db.engine import Database
from service.documents import noto
from service.documents.render import render
from service.documents.words import STAND_IN, Words
from service.domain.errors import NotFound, Refused
from service.domain.loan.plan import Part
from service.domain.loan.statement import (
    BillStatement,
    ScheduleStatement,
    SettlementCertificate,
    StatementKind,
)
from service.domain.money import yuan
from service.usecases.loan.bill import bill
from service.usecases.loan.schedules import schedules
from tests.service.loan.ledger import BORROWER, CASH, FRIDGE, pay_on, plan_on
from tests.service.stating import (
    NOW,
    OTHERS_LOAN,
    SMALL,
    TODAY,
    lend,
    rename,
    settle,
    stated,
    text_of,
)

CODE = "0" * 64


KINDS: tuple[StatementKind, ...] = ("bill", "schedule", "settlement")


@pytest.fixture
def book(sqlite_database: Database) -> Database:
    with sqlite_database.transaction() as conn:
        lend(conn)
    return sqlite_database


def settled_whole(database: Database) -> None:
    with database.transaction() as conn:
        settle(conn, FRIDGE)
        settle(conn, CASH)


def test_the_bill_has_every_figure_of_the_ledger(database: Database) -> None:
    with database.transaction() as conn:
        lend(conn)
    with database.reading() as conn:
        owed = bill(conn, borrower_id=BORROWER, today=TODAY)
    found = stated(database, "bill")
    assert isinstance(found, BillStatement)
    assert found.bill == owed
    said = text_of(render(found, code=CODE))
    for item in owed.items:
        parts = (item.principal_fen, item.interest_fen, item.penalty_fen, item.fee_fen, item.unpaid_fen)
        row = f"{item.no}/{item.periods}{item.due_on}{item.days_past_due or '—'}"
        assert row + "".join(yuan(fen) for fen in parts) in said
    assert (owed.days_past_due, owed.items[0].penalty_fen) == (5, 145)
    for words in ("小清消费金融", "云*满", "199****0001", "2026年11月23日10:00", found.head.number, CODE):
        assert words in said
    for fen in (owed.bill_fen, owed.minimum_fen, owed.overdue_fen):
        assert yuan(fen) in said
    assert "云小满" not in said
    assert "不会转给任何个人" in said


def test_a_bill_of_one_loan_deducts_no_deposit_and_says_so(book: Database) -> None:
    with book.transaction() as conn:
        settle(conn, FRIDGE)
        pay_on(conn, TODAY, 2_000_000)  # more than the cash loan's bill: the rest is kept
    whole, alone = stated(book, "bill"), stated(book, "bill", loan_id=CASH)
    assert isinstance(whole, BillStatement)
    assert isinstance(alone, BillStatement)
    assert alone.bill.suspense_fen == whole.bill.suspense_fen > 0
    assert alone.bill.bill_fen == sum(item.unpaid_fen for item in alone.bill.items)
    assert {item.loan_id for item in alone.bill.items} == {CASH}
    said = text_of(render(alone, code=CODE))
    assert f"预存款{yuan(whole.bill.suspense_fen)}元，会先归还最早到期的款项，本账单未作扣除" in said


def test_the_plans_have_every_instalment_of_the_ledger(book: Database) -> None:
    with book.reading() as conn:
        plans = schedules(conn, borrower_id=BORROWER, today=TODAY)
    found = stated(book, "schedule")
    said = text_of(render(found, code=CODE))
    assert len(plans.loans) == 3
    for loan in plans.loans:
        assert f"借款编号{loan.loan_id}" in said
        for row in loan.instalments:
            parts = (row.principal_fen, row.interest_fen, row.penalty_fen, row.fee_fen, row.total_fen, row.unpaid_fen)
            assert f"{row.no}{row.due_on}" + "".join(yuan(fen) for fen in parts) in said
    assert "14.4%" in said
    assert said.count("逾期") >= 1
    assert said.count("已还") >= 3


def test_who_pays_by_a_hardship_plan_reads_its_parts_and_no_arrears_of_the_contract(book: Database) -> None:
    with book.transaction() as conn:
        plan_on(conn, FRIDGE, TODAY, Part(TODAY, 30_000), Part(date(2026, 12, 23), 40_000))
    found = stated(book, "schedule", loan_id=FRIDGE)
    said = text_of(render(found, code=CODE))
    assert isinstance(found, ScheduleStatement)
    assert [len(one.rows) for one in found.loans] == [2, 12]
    assert "共1笔借款" in said
    assert "（还款方案）" in said
    assert "22026-12-23400.000.000.000.00400.00400.00未到期" in said
    assert said.count("按方案") == 9
    assert "逾期" not in said.replace("逾期、提前还款或调整计划后", "")


def test_a_long_plan_goes_over_pages_with_its_head_on_each(book: Database) -> None:
    found = stated(book, "schedule", loan_id=CASH)
    assert isinstance(found, ScheduleStatement)
    (loan,) = found.loans
    rows = tuple(replace(loan.rows[0], no=number) for number in range(1, 61))
    pdf = render(replace(found, loans=(replace(loan, rows=rows),)), code=CODE)
    pages = [text.replace(" ", "") for text in (page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)]
    assert len(pages) == 3
    for number, text in enumerate(pages, 1):
        assert "应还合计" in text
        assert f"借款编号{CASH}" in text
        assert f"第{number}页，共3页" in text
        assert CODE in text
    assert "合计" in pages[-1].split("应还合计")[1]


def test_a_certificate_for_a_loan_that_is_paid_off(book: Database) -> None:
    found = stated(book, "settlement", loan_id=SMALL)
    assert isinstance(found, SettlementCertificate)
    (loan,) = found.loans
    assert (loan.principal_paid_fen, loan.settled_on, found.complete) == (100_000, TODAY, False)
    said = text_of(render(found, code=CODE))
    for fen in (loan.principal_paid_fen, loan.interest_paid_fen, loan.penalty_paid_fen, loan.paid_fen):
        assert yuan(fen) in said
    assert "已于2026年11月23日结清" in said
    assert "不涉及客户的其他借款" in said


def test_a_certificate_for_everything_once_everything_is_paid(book: Database) -> None:
    with pytest.raises(Refused) as refused:
        stated(book, "settlement")
    assert refused.value.code == "not_settled"
    settled_whole(book)
    found = stated(book, "settlement")
    assert isinstance(found, SettlementCertificate)
    assert (len(found.loans), found.complete) == (3, True)
    assert "在本机构的全部借款（共3笔" in text_of(render(found, code=CODE))


def test_a_certificate_keeps_its_number(book: Database) -> None:
    first, later = (
        stated(book, "settlement", loan_id=SMALL),
        stated(book, "settlement", loan_id=SMALL, now=NOW + timedelta(days=40)),
    )
    assert first.head.number == later.head.number
    assert first.head.number.startswith("JQ20261123-")
    assert first.head.issued_at != later.head.issued_at
    bills = {stated(book, "bill", now=NOW + timedelta(minutes=minute)).head.number for minute in range(3)}
    assert len(bills) == 3


@pytest.mark.parametrize(("loan_id", "why"), [(FRIDGE, "还没有结清"), (None, "还有未结清")])
def test_no_certificate_while_something_is_owed(book: Database, loan_id: str | None, why: str) -> None:
    with pytest.raises(Refused, match=why) as refused:
        stated(book, "settlement", loan_id=loan_id)
    assert refused.value.code == "not_settled"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("loan_id", [OTHERS_LOAN, "no-such-loan", ""])
def test_another_borrowers_loan_is_not_found(book: Database, kind: StatementKind, loan_id: str) -> None:
    with pytest.raises(NotFound) as missing:
        stated(book, kind, loan_id=loan_id)
    assert missing.value.code == "loan_unknown"


def test_the_same_statement_makes_the_same_bytes_and_threads_do_not_mix(book: Database) -> None:
    wanted = [stated(book, "bill"), stated(book, "schedule"), stated(book, "settlement", loan_id=SMALL)] * 4
    alone = [render(one, code=CODE) for one in wanted]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda one: render(one, code=CODE), wanted))
    assert alone == together
    assert len(set(alone)) == 3


def test_the_file_carries_its_fonts_its_date_and_its_name(book: Database) -> None:
    found = stated(book, "bill")
    reader = PdfReader(BytesIO(render(found, code=CODE)))
    assert reader.metadata is not None
    assert reader.metadata.creation_date == NOW
    assert reader.metadata.title == f"账单 {found.head.number}"
    assert reader.trailer["/Root"]["/Lang"] == "zh-CN"
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        assert len(font["/FontDescriptor"]["/FontFile2"].get_object().get_data()) > 1000
        assert "NotoSansCJKsc" in font["/BaseFont"]


@pytest.mark.parametrize("name", ["㛃一䶮", "龘一𠮷", "欧阳一𫖯"])
def test_rare_characters_of_names_are_shown(book: Database, name: str) -> None:
    with book.transaction() as conn:
        rename(conn, name)
    said = text_of(render(stated(book, "bill"), code=CODE))
    assert f"客户{name[0]}{'*' * (len(name) - 2)}{name[-1]}" in said
    assert STAND_IN not in said


def test_a_character_that_no_font_of_ours_has_is_marked_and_explained(book: Database) -> None:
    with book.transaction() as conn:
        rename(conn, "\U0002b740一\U00031350")
    said = text_of(render(stated(book, "bill"), code=CODE))
    assert f"客户{STAND_IN}*{STAND_IN}" in said
    assert "统一码依次为：U+2B740、U+31350" in said


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("云\x00小\u200b满\ufe0f", "云小满"),
        ("家电\n分期\t", "家电 分期 "),
        ("\u202e反", "反"),
        ("\ud800", STAND_IN),
        ("<b>粗&", "<b>粗&"),
    ],
)
def test_odd_text_is_made_plain(given: str, shown: str) -> None:
    assert Words().plain(given) == shown


@pytest.mark.parametrize("title", ["<para>", "&lt;<br/><img src='x'/>", "长" * 128, "x" * 128, "", "😀"])
def test_no_title_breaks_a_document(book: Database, title: str) -> None:
    found = stated(book, "schedule", loan_id=SMALL)
    assert isinstance(found, ScheduleStatement)
    said = text_of(render(replace(found, loans=(replace(found.loans[0], title=title),)), code=CODE))
    assert title.replace("😀", STAND_IN).replace(" ", "") in said


def test_every_character_of_the_national_list_in_use_is_in_the_font() -> None:
    common = {char for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF) if (char := _gb2312(high, low))}
    assert len(common) == 6763
    assert not [char for char in common if ord(char) not in noto.characters()]


def _gb2312(high: int, low: int) -> str:
    return bytes((high, low)).decode("gb2312", "ignore")
