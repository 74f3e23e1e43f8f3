"""No check and no decision of the gate can be changed without a case of its tests that notices."""

from __future__ import annotations

from datetime import datetime, time, timedelta, timezone
from typing import Any

from service.domain.collect import compliance
from service.domain.collect.outreach import Medium
from tests.domain.collect.gate_cases import URUMQI, VOICE, at_clock, verdicts
from tests.domain.collect.mutants import gate_of, mutants
from tests.domain.collect.policy_of import NOON, SAFE_TEXT, contact, draft, history, policy

FAR_EAST = timezone(timedelta(hours=12))
# (clock of today in Shanghai, contact, first instant that is lawful)
OPENINGS: list[tuple[str, Any, datetime]] = [
    ("07:00", contact(), at_clock("08:00")),
    ("09:00", contact(), at_clock("09:00")),
    ("07:00", contact(zone=URUMQI), at_clock("10:00")),
    ("07:00", contact(agreed_hours=(time(18), time(20))), at_clock("18:00")),
    ("21:00", contact(zone=FAR_EAST), at_clock("21:00")),  # there it is tomorrow, which is not for today's plan
]
EXPIRIES: list[tuple[Any, Any, datetime]] = [
    (draft(channel="sms", text=SAFE_TEXT), contact(), at_clock("21:55")),
    (draft(**VOICE), contact(), at_clock("20:20")),
    (draft(), contact(agreed_hours=(time(11), time(13))), at_clock("13:00")),
    (draft(expires_at=NOON + timedelta(hours=1)), contact(), at_clock("13:00")),
]


def wrong(gate: Any) -> str:
    """The first thing that this gate says otherwise than it should; empty where there is none."""
    for number, (expected, said) in enumerate(verdicts(gate)):
        if expected != said:
            return f"case {number}: {said} in place of {expected}"
    for number, (clock, to, opens) in enumerate(OPENINGS):
        if gate.first_lawful(at_clock(clock), channel="inapp", contact=to, policy=policy()) != opens:
            return f"opening {number}"
    for number, (one, to, expires_at) in enumerate(EXPIRIES):
        cleared = gate.clear(one, contact=to, history=history(), now=NOON, policy=policy())
        if not isinstance(cleared, gate.Cleared) or cleared.expires_at != expires_at:
            return f"expiry {number}"
    uncounted = gate.clear(draft(), contact=contact(), history=history(counts={}), now=NOON, policy=policy())
    if not all("没有计数" in one.detail for one in uncounted):
        return "what is not counted is not said to be so"
    try:
        gate.Cleared(draft(), Medium.WRITTEN, NOON, NOON, "any", object())
    except TypeError:
        return ""
    return "anybody can make a clearance"


def noticed(gate: Any) -> str:
    try:
        return wrong(gate)
    except Exception as error:
        return repr(error)


def test_the_gate_itself_says_what_it_should_and_so_does_one_made_anew() -> None:
    assert wrong(compliance) == ""
    assert wrong(gate_of()) == ""


def test_every_change_of_a_check_is_noticed() -> None:
    made = list(mutants())
    survivors = [one.name for one in made if not noticed(gate_of(one))]
    assert survivors == [], "nobody noticed:\n" + "\n".join(survivors)
    assert len(made) > 350


def test_every_check_of_the_list_was_left_out_once() -> None:
    left_out = [one.name for one in mutants() if one.part == "compliance" and ": without " in one.name]
    for check in compliance.CHECKS:
        name = getattr(check, "__name__", "")
        assert name == "check" or any(f"without {name}:" in one for one in left_out), name
