"""The console says in words why a promise stands as it does, and why a debtor was to be contacted so."""

# ruff: noqa: F811
from __future__ import annotations

import json
from dataclasses import fields
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import insert

from service.console.labels import entity_value
from service.console.outreach_labels import FACTS, PICKED, told
from service.console.promise_labels import CAUSES
from service.db.engine import Database
from service.db.tables.collect import promise
from service.domain.collect.facts import DebtorFacts
from service.domain.collect.promise import Cause, Why
from service.domain.collect.promising import Wished
from service.domain.days import business_date
from service.domain.desk.pages import Found
from service.usecases.collect.make_promise import make_promise
from service.usecases.collect.plan import plan
from service.usecases.collect.reconcile_promises import keep_with, reconcile_promises
from service.usecases.ports import FrozenClock
from tests.domain.collect.policy_of import policy
from tests.service.collecting import for_everybody_alike, owe, pay, rows
from tests.service.test_console import console_on, log_in, su, visitor  # noqa: F401  fixtures


def test_a_promise_in_parts_is_read_as_it_was_said() -> None:
    parts = [
        {"amount_fen": 20000, "word": None, "due_on": "2026-12-10", "condition": "发工资", "said": None},
        {"amount_fen": None, "word": "rest", "due_on": None, "condition": "", "said": "月底"},
        {"amount_fen": None, "word": None, "due_on": None, "condition": "", "said": None},
    ]
    found = Found("promise_parts", json.dumps(parts, ensure_ascii=False), "")
    assert entity_value(found) == "2026-12-10 200.00 元（发工资）；月底 剩下的；日期未说 金额未说"
    assert entity_value(Found("promise_parts", '[{"amount_fen": 12****90', "")) == '[{"amount_fen": 12****90'


@pytest.fixture
def app(database: Database, clock: FrozenClock) -> FastAPI:
    return console_on(database, clock)


def promised(database: Database, clock: FrozenClock) -> None:
    """500 tomorrow and 300 when the wages come."""
    owe(database, clock=clock)
    today = business_date(clock.now())
    parts = (
        Wished(50_000, today + timedelta(days=1)),
        Wished(30_000, today + timedelta(days=7), condition="发工资"),
    )
    with database.transaction() as conn:
        make_promise(
            conn, borrower_id="b1", conversation_id="c1", parts=parts, text="明天五百<b>，发工资三百", key="k1",
            now=clock.now(), today=today, policy=policy(),
        )  # fmt: skip


def shown(su: TestClient, query: str = "") -> str:
    return su.get(f"/console/promises{query}").text


def test_a_promise_shows_its_parts_and_what_changed_why(su: TestClient, database: Database, clock: FrozenClock) -> None:
    promised(database, clock)
    before = shown(su)
    for words in (
        "第 1 笔 · 2026-11-24 · ¥500.00",
        "第 2 笔 · 2026-11-30 · ¥300.00",
        "（发工资）",
        "变化记录 1 条",
        "<b>登记约定</b>：待履约，共已还 ¥0.00",
        "明天五百&lt;b&gt;",
    ):
        assert words in before, words
    pay(database, clock=clock, amount_fen=50_000)
    with database.transaction() as conn:
        keep_with(conn, borrower_id="b1", payment_id="pay-77", now=clock.now())
    paid = shown(su, "?state=pending")
    for words in ("变化记录 2 条", "<b>收到还款</b>：待履约，共已还 ¥500.00，第 1 笔已履约（已还 ¥500.00）", "pay-77"):
        assert words in paid, words
    clock.instant += timedelta(days=30)
    with database.transaction() as conn:
        now = clock.now()
        reconcile_promises(conn, borrower_id="b1", why=Why(Cause.DAY_OVER), now=now, today=business_date(now))
    log_in(su)
    over = shown(su)
    assert "<b>约定日已过</b>：待履约 → 部分履约，共已还 ¥500.00，第 2 笔未履约（已还 ¥0.00）" in over
    assert "没有符合条件的承诺" in shown(su, "?state=pending")
    assert "第 2 笔" in shown(su, "?state=partly")


def test_one_from_before_parts_and_history_were_kept_is_shown_as_one_part(
    su: TestClient, database: Database, clock: FrozenClock
) -> None:
    owe(database, clock=clock)
    now, today = clock.now(), business_date(clock.now())
    with database.transaction() as conn:
        values = {"id": "p1", "key": "k1", "borrower_id": "b1", "conversation_id": "c", "state": "pending"}
        more = {"amount_fen": 20_000, "due_on": today, "paid_fen": 5_000, "created_at": now}
        conn.execute(insert(promise).values(**values, **more))
    page = shown(su)
    assert f"第 1 笔 · {today} · ¥200.00" in page
    assert "没有变化记录" in page


def test_the_outreach_log_says_which_channels_were_passed_over_and_why(
    su: TestClient, database: Database, clock: FrozenClock
) -> None:
    owe(database, clock=clock, days=7)
    assert plan(database, clock=clock, policy=for_everybody_alike(), channels=("inapp", "wechat", "sms")) == 1
    page = su.get("/console/outreach").text
    treatment = next(one for one in policy().strategy.treatments if one.origin.id == rows(database)[0]["treatment"])
    for words in (
        "未用 微信：没有登记号码或账号",
        f"<dt>做法</dt><dd>{treatment.origin.source}</dd>",
        "逾期 7 天",
        "首期即逾期",
        "产品 家电分期",
        "<dt>选择方式</dt><dd>按策略的默认做法</dd>",
    ):
        assert words in page, words


def test_all_that_can_be_known_has_words() -> None:
    assert set(FACTS) == {one.name for one in fields(DebtorFacts)}
    assert set(CAUSES) == {one.value for one in Cause}
    assert set(PICKED) == {"usual", "learned", "explored"}
    assert told({}, {}, {}) == {}
    every = {"facts": {"new_fact": 3}, "picked": "new_way", "passed_over": {"fax": "no_paper"}, "arm": "B"}
    assert told(every, {}, {}) == {
        "未用渠道": ("fax：no_paper",),
        "当时情况": ("new_fact 3",),
        "选择方式": ("new_way", "策略试验组 B"),
    }, "what is new is shown as it is"
