"""How long things wait, and what is never sent twice."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from service.domain.chat.delivery import Late, after_failure, backoff, lateness, next_try
from service.domain.chat.identity import Conversation, longer_proof

AT = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)


def later(seconds: int) -> datetime:
    return AT + timedelta(seconds=seconds)


def test_waiting_doubles_up_to_fifteen_seconds() -> None:
    assert [backoff(n).total_seconds() for n in range(1, 8)] == [1, 2, 4, 8, 15, 15, 15]
    assert backoff(10**9).total_seconds() == 15


@pytest.mark.parametrize(
    ("waited", "what"), [(19, Late.NOTHING), (20, Late.TELL), (599, Late.TELL), (600, Late.GIVE_UP)]
)
def test_a_borrower_is_told_after_twenty_seconds_and_given_a_person_after_ten_minutes(waited: int, what: Late) -> None:
    assert lateness(received_at=AT, now=later(waited)) is what


def test_no_try_is_put_off_past_the_moment_to_tell_the_borrower() -> None:
    assert next_try(received_at=AT, attempts=5, now=later(15)) == later(20)
    assert next_try(received_at=AT, attempts=5, now=later(20)) == later(35)


@pytest.mark.parametrize(
    ("sender", "attempts", "permanent", "state"),
    [
        ("bot", 1, False, "pending"),
        ("bot", 5, False, "failed"),
        ("bot", 1, True, "failed"),
        ("outreach", 1, False, "unknown"),
        ("outreach", 1, True, "failed"),
    ],
)
def test_only_answers_are_sent_again(sender: str, attempts: int, permanent: bool, state: str) -> None:
    assert after_failure(sender=sender, attempts=attempts, permanent=permanent) == state


def test_identity_is_proved_until_its_instant_and_not_at_it() -> None:
    talk = Conversation("c", "inapp", "b-1", "b-1", later(10), "bot", None, AT, AT)
    assert talk.borrower_at(later(9)) == "b-1"
    assert talk.borrower_at(later(10)) is None


def test_a_token_that_arrives_late_does_not_shorten_the_proof() -> None:
    assert longer_proof(later(30), later(10)) == later(30)
    assert longer_proof(None, later(10)) == later(10)
    assert longer_proof(None, None) is None
