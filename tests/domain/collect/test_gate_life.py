"""The gate and the rules written apart from it say the same of simulated lives; `make prove-gate` asks millions."""

from __future__ import annotations

import pytest

from benchmarks.prove_gate import told
from service.domain.collect import compliance

SEEN = (
    "inside_hours", "over_before_hours_close", "not_on_a_quiet_day", "under_daily_cap", "under_weekly_cap",
    "under_connected_cap", "under_attempt_cap", "under_weekly_attempt_cap", "reply_window_open", "point_in_use",
    "still_owed", "no_promise_pending", "no_payment_on_its_way", "not_just_after_a_payment", "not_held_by_an_agent",
    "template_approved", "not_expired", "names_the_institution", "says_it_is_a_machine", "words_allowed",
)  # fmt: skip


def test_nothing_goes_out_against_the_rules_and_nothing_is_held_back_without_one() -> None:
    said = told(7, 3_000)
    assert said["asked"] == 3_000
    assert said["sent"] > 300
    assert min(said[name] for name in ("hours", "stopped", "caps", "paid", "promised", "quiet day", "wording")) > 0


@pytest.mark.parametrize("name", SEEN)
def test_a_gate_without_a_check_is_found_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    without = tuple(check for check in compliance.CHECKS if check is not getattr(compliance, name))
    assert len(without) == len(compliance.CHECKS) - 1
    monkeypatch.setattr(compliance, "CHECKS", without)
    with pytest.raises(AssertionError, match="lets it through"):
        told(1, 20_000)
