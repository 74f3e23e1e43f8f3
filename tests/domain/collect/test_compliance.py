"""The gate lets a lawful message through, and each of its checks alone stops one."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest

from service.domain.collect.compliance import CHECKS, Cleared, clear
from service.domain.collect.outreach import Counter, Kind, Medium, Stop
from tests.domain.collect.gate_cases import ALONE, LAWFUL, MORE, NO_ROWS, VOICE, at_clock, codes, counted
from tests.domain.collect.policy_of import NO_COUNTS, NOON, SAFE_TEXT, contact, draft, history, policy

ROOT = Path(__file__).resolve().parents[3]


def test_a_lawful_message_is_cleared_with_the_policy_it_passed() -> None:
    cleared = clear(draft(), contact=contact(), history=history(), now=NOON, policy=policy())
    assert isinstance(cleared, Cleared)
    assert (cleared.draft, cleared.at, cleared.policy_version) == (draft(), NOON, policy().version)


@pytest.mark.parametrize(("code", "case"), ALONE, ids=[f"{code}-{n}" for n, (code, _) in enumerate(ALONE)])
def test_each_check_alone_stops_an_otherwise_lawful_message(code: str, case: dict[str, Any]) -> None:
    assert codes(**case) == {code}


@pytest.mark.parametrize("case", LAWFUL, ids=range(len(LAWFUL)))
def test_what_is_just_lawful_is_cleared(case: dict[str, Any]) -> None:
    assert codes(**case) == set()


@pytest.mark.parametrize(("expected", "case"), MORE, ids=range(len(MORE)))
def test_third_parties_are_never_reached_by_machine_and_never_told_of_a_debt(
    expected: set[str], case: dict[str, Any]
) -> None:
    assert codes(**case) == expected


@pytest.mark.parametrize(("expected", "case"), NO_ROWS, ids=range(len(NO_ROWS)))
def test_where_no_row_is_in_force_hours_and_stops_hold_all_the_same(expected: set[str], case: dict[str, Any]) -> None:
    assert codes(**case) == expected


def test_no_check_is_without_a_test_that_it_stops_something() -> None:
    assert len({code for code, _ in ALONE}) == len(CHECKS)


def test_a_carrier_is_told_when_hours_close_and_a_dialler_when_to_stop() -> None:
    sms = clear(draft(channel="sms", text=SAFE_TEXT), contact=contact(), history=history(), now=NOON, policy=policy())
    call = clear(draft(**VOICE), contact=contact(), history=history(), now=NOON, policy=policy())
    agreed = contact(agreed_hours=(time(11), time(13)))
    early = clear(draft(), contact=agreed, history=history(), now=NOON, policy=policy())
    assert isinstance(sms, Cleared)
    assert isinstance(call, Cleared)
    assert isinstance(early, Cleared)
    assert (sms.expires_at, call.expires_at) == (at_clock("21:55"), at_clock("20:20"))
    assert early.expires_at == at_clock("13:00")


def test_all_reasons_are_returned_and_not_the_first() -> None:
    found = codes(
        of=draft(text="不处理就坐牢", approved=False),
        to=contact(stops=frozenset({Stop.DISPUTE, Stop.HARDSHIP})),
        after=history(owed_fen=0, promise_pending=True, counts={**NO_COUNTS, Counter.WRITTEN_TODAY: 1}),
        at=at_clock("23:00"),
    )
    assert found == {
        "wording", "template_not_approved", "institution_not_named", "machine_not_disclosed", "no_way_to_a_person",
        "stopped_dispute", "stopped_hardship",
        "paid_meanwhile", "promise_pending", "cap_written_today", "outside_hours",
    }  # fmt: skip


def test_every_reason_names_its_rule_and_says_it_in_chinese() -> None:
    answer = clear(
        draft(), contact=contact(stops=frozenset(Stop)), history=history(owed_fen=0), now=at_clock("03:00"),
        policy=policy(),
    )  # fmt: skip
    assert isinstance(answer, tuple)
    assert all(one.detail and one.source.startswith("[") for one in answer)


def test_what_is_not_counted_is_not_under_its_cap() -> None:
    assert "cap_written_today" in codes(after=history(counts={}))
    assert {"cap_connected_today", "cap_attempts_on_number_today"} <= codes(
        of=draft(**VOICE), after=history(counts={Counter.WRITTEN_TODAY: 0})
    )


def test_a_reminder_before_the_due_day_is_not_counted_as_collection() -> None:
    after = counted(Counter.WRITTEN_7_DAYS, 3)
    assert codes(after=after) == {"cap_written_7_days"}
    assert codes(of=draft(kind=Kind.REMINDER), after=after) == set()


def test_a_rule_that_is_not_in_force_yet_holds_nothing_up_and_no_hours_at_all_hold_everything() -> None:
    rules = policy().rules
    later = tuple(
        replace(one, origin=replace(one.origin, in_force=NOON.date() + timedelta(days=1))) for one in rules.hours
    )
    assert codes(by=replace(policy(), rules=replace(rules, hours=later))) == {"hours_unknown"}
    one_later = (rules.hours[0], replace(later[0], opens=time(15)))
    assert codes(by=replace(policy(), rules=replace(rules, hours=one_later))) == set()


def test_nobody_else_can_make_a_clearance() -> None:
    cleared = clear(draft(), contact=contact(), history=history(), now=NOON, policy=policy())
    assert isinstance(cleared, Cleared)
    with pytest.raises(TypeError):
        Cleared(draft(), Medium.WRITTEN, NOON, NOON, "any", object())
    with pytest.raises((TypeError, ValueError)):
        replace(cleared, draft=draft(text="坐牢"))


def test_only_the_gate_names_the_constructor() -> None:
    gate = ROOT / "service/domain/collect/compliance.py"
    for path in (ROOT / "service").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in {"Cleared", "_SEAL"}:
                assert path == gate
            if isinstance(node, ast.Name) and node.id == "_SEAL":
                assert path == gate
