"""The simulator repeats itself, keeps its books, obeys the gate, and tells strategies apart."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.rows import PolicyError, parse_table
from service.simulation.behaviour import Behaviours, parse_behaviours
from service.simulation.debtor import made_up
from service.simulation.measure import differences, recovery_rate
from service.simulation.report import write_report
from service.simulation.world import Run, Setting, simulate
from service.wiring import POLICY, read_policy
from tests.domain.collect.policy_of import policy

SETTING = Setting(debtors=300, days=60, seed=7, begins_on=date(2026, 12, 1), people_a_day=2)


def behaviours() -> Behaviours:
    return parse_behaviours(read_policy("behaviours"))


def run(name: str = "", setting: Setting = SETTING) -> Run:
    strategy = policy().challengers[name] if name else policy().strategy
    return simulate(name or "ours", strategy, setting, policy=policy(), behaviours=behaviours())


@pytest.fixture(scope="module")
def ours() -> Run:
    return run()


@pytest.fixture(scope="module")
def ladder() -> Run:
    return run("fixed_ladder")


def test_the_same_seed_gives_the_same_run_and_another_one_another(ours: Run) -> None:
    assert run() == ours
    assert run(setting=replace(SETTING, seed=8)).recovered_fen != ours.recovered_fen


def test_the_books_add_up(ours: Run) -> None:
    assert ours.recovered_fen == sorted(ours.recovered_fen)
    assert ours.recovered_fen[-1] == sum(one.paid_fen for one in ours.lives)
    assert all(0 <= one.paid_fen <= one.billed_fen for one in ours.lives)
    assert sum(ours.sent.values()) == sum(one.contacts for one in ours.lives)


def test_our_strategy_recovers_more_than_a_fixed_ladder_with_fewer_contacts_and_complaints(
    ours: Run, ladder: Run
) -> None:
    assert recovery_rate(ours) > recovery_rate(ladder)
    apart = differences(ours, ladder)
    assert apart["contacts"].high < 0
    assert apart["complaints"].high < 0


def test_without_the_gate_more_goes_out_and_with_it_all_it_held_back_is_counted(ours: Run) -> None:
    free = run(setting=replace(SETTING, gated=False))
    assert sum(free.sent.values()) > sum(ours.sent.values())
    assert sum(ours.blocked.values()) > 0


def test_runs_of_other_debtors_are_not_compared_one_by_one(ours: Run) -> None:
    with pytest.raises(ValueError, match="other debtors"):
        differences(run(setting=replace(SETTING, seed=8)), ours)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000), st.lists(st.tuples(st.integers(0, 20), st.integers(1, 900_000)), max_size=12))
def test_a_debtor_never_pays_more_than_was_billed_and_is_overdue_by_what_is_left(
    number: int, payments: list[tuple[int, int]]
) -> None:
    today = date(2026, 12, 1)
    debtor = made_up(number, seed=1, behaviours=behaviours(), today=today)
    for days, fen in payments:
        today += timedelta(days=days)
        debtor.bill(today)
        assert 0 <= debtor.pay(fen, today) <= fen
    assert debtor.paid_fen + sum(fen for _, fen in debtor.due) == debtor.billed_fen
    assert (debtor.days_past_due(today) > 0) == (debtor.overdue_fen(today) > 0)


def test_the_report_has_its_charts_inside_and_beside_it(ours: Run, ladder: Run, tmp_path: Path) -> None:
    written = write_report([ladder, ours], tmp_path, without_gate=run(setting=replace(SETTING, gated=False)))
    assert {one.name for one in written} == {"recovery.png", "rolls.png", "simulation.json", "simulation.html"}
    assert all((tmp_path / name).read_bytes().startswith(b"\x89PNG") for name in ("recovery.png", "rolls.png"))
    page = (tmp_path / "simulation.html").read_text(encoding="utf-8")
    assert "http" not in page.replace("http-equiv", "")
    assert all(word in page for word in ("fixed_ladder", "闸门的代价", "stopped_dispute"))
    kept = json.loads((tmp_path / "simulation.json").read_text())
    assert (kept["against"], list(kept["differences"])) == ("fixed_ladder", ["ours"])


def test_behaviours_that_do_not_add_up_are_refused_with_their_line() -> None:
    text = (POLICY / "behaviours.toml").read_text()
    with pytest.raises(PolicyError, match="shares must sum to 1"):
        parse_behaviours(parse_table(text.replace('share = "0.26"', 'share = "0.30"')))
    with pytest.raises(PolicyError, match=r"line \d+: behaviour 1 \(forgetful\): pays: "):
        parse_behaviours(parse_table(text.replace('pays = "0.75"', 'pays = "0.95"')))
