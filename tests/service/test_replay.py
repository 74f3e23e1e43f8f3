"""A strategy played over the past: what it would have done beside what was done, and nothing is changed by it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from service.channels.memory import MemorySender
from service.db.engine import Database
from service.db.tables import metadata
from service.domain.collect.contact import Attempt, Outcome
from service.domain.collect.outreach import By, Medium, Stop
from service.domain.collect.past import Due, Past, PastStop
from service.domain.collect.policy import Policy
from service.domain.collect.replay import Replay, Setting, replay
from service.domain.days import SHANGHAI, business_date
from service.simulation.replay_report import write_replay
from service.usecases.collect.pause import pause
from service.usecases.collect.plan import plan
from service.usecases.collect.replay_strategy import replay_strategy
from service.usecases.collect.send import send_due
from service.usecases.loan.close_day import close_day
from service.usecases.ports import FrozenClock
from tests.domain.collect.policy_of import policy
from tests.service.collecting import at, for_everybody_alike, owe, pay
from tests.service.test_cli import on_the_day, run

DAYS = 12
CHANNELS = ("inapp",)


def live(database: Database, clock: FrozenClock, *, by: Policy, channels: tuple[str, ...]) -> Setting:
    """Twelve days of real planning and sending: one says nothing, one pays, one disputes."""
    for who, days in (("b1", 1), ("b2", 3), ("b3", 8), ("b4", -2)):
        owe(database, clock=clock, days=days, borrower_id=who)
    first = business_date(clock.now())
    for number in range(DAYS):
        at(clock, "00:30", days=1 if number else 0)
        close_day(database, business_date=business_date(clock.now()) - timedelta(days=1), clock=clock)
        at(clock, "09:30")
        if number == 5:
            with database.transaction() as conn:
                pause(conn, borrower_id="b3", reason="dispute", by="borrower", note="金额不对", now=clock.now())
        plan(database, clock=clock, policy=by, channels=channels)
        at(clock, "19:00")
        send_due(database, clock=clock, policy=by, senders=dict.fromkeys(channels, MemorySender()), limit=50)
        if number == 3:
            pay(database, clock=clock, borrower_id="b2")
    return Setting(first, business_date(clock.now()), business_date(clock.now()), channels)


def contents(database: Database) -> dict[str, int]:
    with database.reading() as conn:
        tables = metadata.sorted_tables
        return {one.name: conn.execute(select(func.count()).select_from(one)).scalar_one() for one in tables}


@pytest.mark.parametrize(
    ("by", "channels"),
    [(policy(), CHANNELS), (for_everybody_alike(), ("inapp", "wechat")), (for_everybody_alike(), ("wechat",))],
    ids=["in the app", "WeChat, where nobody wrote", "nothing but that"],
)
def test_the_strategy_that_ran_replays_to_what_was_really_done(
    database: Database, clock: FrozenClock, by: Policy, channels: tuple[str, ...]
) -> None:
    setting = live(database, clock, by=by, channels=channels)
    before = contents(database)
    steps: list[tuple[int, int]] = []
    found = replay_strategy(
        database, setting, strategy=by.strategy, policy=by, progress=lambda *step: steps.append(step)
    )
    assert found.debtors == 4
    assert sum(found.daily.values()) >= (5 if "inapp" in channels else 0)
    assert sum(found.sent.values()) > 0
    assert found.sent == found.really_sent
    assert found.daily == found.really_daily
    assert found.blocked == found.really_blocked
    assert steps[-1] == (4, 4)
    assert contents(database) == before


TODAY = date(2026, 11, 23)
TEN_DAYS = Setting(TODAY, TODAY + timedelta(days=9), TODAY, CHANNELS)


def debtor(**more: object) -> Past:
    due = Due("appliance", 3, TODAY - timedelta(days=1), 54_000, 48_000, None, ())
    return Past("b1", "周谷雨", "19900001234", 1_000_000, dues=(due,), **more)  # type: ignore[arg-type]


def debtor_time(days: int) -> datetime:
    return datetime.combine(TODAY + timedelta(days=days), time(9), SHANGHAI)


def played(past: Past, setting: Setting = TEN_DAYS) -> Replay:
    found = Replay(setting)
    replay(past, found, strategy=policy().strategy, policy=policy())
    return found


def test_a_day_knows_nothing_of_what_came_after_it() -> None:
    paid = played(debtor())
    first = min(paid.daily)
    due = replace(debtor().dues[0], paid_on=first, paid=((first, 54_000),))
    assert played(replace(debtor(), dues=(due,))).daily == {first: 1}
    assert max(paid.daily) > first


def test_who_was_left_in_peace_is_held_back_and_counted_as_shielded() -> None:
    begins = debtor_time(-1)
    found = played(debtor(stops=(PastStop(Stop.COMPLAINT, begins, None),)))
    assert sum(found.sent.values()) == 0
    assert found.blocked["stopped_complaint"] >= 1
    assert [(one.messages, one.shielded) for one in found.bothered] == [(0, found.blocked["stopped_complaint"])]
    later = played(debtor(stops=(PastStop(Stop.COMPLAINT, begins, debtor_time(4)),)))
    assert min(later.daily) >= TODAY + timedelta(days=4)


def test_whoever_paid_soon_after_is_told_apart() -> None:
    first = min(played(debtor()).daily)
    paid_at = debtor_time((first - TODAY).days + 1)
    (one,) = played(debtor(payments=(paid_at,))).bothered
    assert one.soon == 1


def test_a_channel_that_is_not_there_sends_nothing() -> None:
    assert played(debtor(), replace(TEN_DAYS, channels=())).daily == {}


def test_the_report_masks_people_and_says_what_was_done(tmp_path: Path) -> None:
    page, png, told = (tmp_path / name for name in ("replay.html", "replay.png", "replay.json"))
    assert set(write_replay(played(debtor()), tmp_path, name="新策略")) == {page, png, told}
    text = page.read_text()
    assert "周*雨 199****1234" in text
    assert "周谷雨" not in text + told.read_text()
    assert png.read_bytes().startswith(b"\x89PNG")
    assert json.loads(told.read_text())["totals"]["messages"] >= 1


def test_the_command_line_replays_a_file_and_names_a_wrong_one(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    out = tmp_path / "out"
    order = ("replay", "--strategy", "service/policy/strategy.toml", "--out", str(out))
    done = run(tmp_path, *order)
    assert done.returncode == 0, done.stderr
    assert (out / "replay.html").exists()
    assert run(tmp_path, *order, "--from", "2026-05-02", "--to", "2026-05-01").returncode == 2
    (wrong := tmp_path / "wrong.toml").write_text("version = 1")
    assert "不能使用" in run(tmp_path, "replay", "--strategy", str(wrong)).stderr


def test_the_command_line_says_why_nothing_would_have_been_sent(tmp_path: Path) -> None:
    on_it = on_the_day()
    assert run(tmp_path, "seed", "--borrowers", "12", **on_it).returncode == 0
    order = ("replay", "--strategy", "service/policy/strategy.toml", "--out", str(tmp_path / "out"))
    days = ("--from", "2026-10-25", "--to", "2026-10-31")  # the tables begin the day after
    before = run(tmp_path, *order, *days, **on_it).stdout
    assert "channel_unknown" in before
    assert "请换一段日期" in before


def test_what_people_did_uses_up_the_caps_as_it_did_then() -> None:
    first = min(played(debtor()).daily)
    at_nine = datetime.combine(first, time(9), SHANGHAI)
    calls = tuple(
        Attempt(f"t{n}", "b1", "inapp", Medium.WRITTEN, By.AGENT, "苏禾", at_nine, outcome=Outcome.DELIVERED)
        for n in range(9)
    )
    found = played(debtor(calls=calls), replace(TEN_DAYS, last=first))
    assert found.daily == {}
    assert any(code.startswith("cap_written") for code in found.blocked)
