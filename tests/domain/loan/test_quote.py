"""An offer has one hash, which any other figure changes, and a quote is honoured to the fen or refused by a code."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.days import business_date
from service.domain.loan.bill import BillItem
from service.domain.loan.payment import Share
from service.domain.loan.quote import (
    Honoured,
    NoOffer,
    Offer,
    QuotedShare,
    QuoteRefusal,
    canonical,
    honour,
    offer_hash,
    quote_from,
    read_offer,
    valid_until,
)
from service.domain.loan.settlement import Payoff

DAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)

fen = st.integers(min_value=0, max_value=10**12)
words = st.text(max_size=12)
days = st.dates(min_value=date(2020, 1, 1), max_value=date(2040, 12, 31))
bill_items = st.builds(
    BillItem,
    **{one.name: fen for one in fields(BillItem) if one.name not in {"loan_id", "title", "due_on"}},
    loan_id=words,
    title=words,
    due_on=days,
)
prices = st.builds(
    Payoff,
    **{one.name: fen for one in fields(Payoff) if one.name not in {"loan_id", "title"}},
    loan_id=words,
    title=words,
)
shares = st.lists(st.builds(QuotedShare, loan_id=words, title=words, amount_fen=fen, settles=st.booleans()), max_size=3)


@st.composite
def offers(draw: st.DrawFn) -> Offer:
    kind = draw(st.sampled_from(("bill", "minimum", "all", "amount", "payoff")))
    day = draw(days)
    items = draw(st.lists(prices if kind in {"all", "payoff"} else bill_items, max_size=3))
    return Offer(
        borrower_id=draw(words),
        kind=kind,  # type: ignore[arg-type]
        loan_id=draw(st.none() | words),
        asked_fen=draw(st.none() | fen),
        business_date=day,
        amount_fen=draw(fen),
        to_suspense_fen=draw(fen),
        suspense_fen=draw(fen),
        bill_fen=draw(fen),
        overdue_after_fen=draw(fen),
        shares=tuple(draw(shares)),
        items=tuple(items),
        valid_until=valid_until(day),
    )


def other(value: Any) -> Any:
    """Another value of the same sort, as near as can be."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return value + "x"
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1)
    if isinstance(value, date):
        return value + timedelta(days=1)
    assert value is None
    return 0


def one_off(value: Any) -> list[Any]:
    """Every value that differs from this one in a single place, however deep."""
    if isinstance(value, tuple):
        shorter = [value[:-1]] if value else []
        deeper = [(*value[:n], changed, *value[n + 1 :]) for n, one in enumerate(value) for changed in one_off(one)]
        return shorter + deeper
    if hasattr(value, "__dataclass_fields__"):
        return [
            replace(value, **{one.name: changed})
            for one in fields(value)
            for changed in one_off(getattr(value, one.name))
        ]
    return [other(value)]


@given(offer=offers())
def test_an_offer_reads_back_from_its_text_as_itself_with_the_same_hash(offer: Offer) -> None:
    again = read_offer(canonical(offer))
    assert again == offer
    assert offer_hash(again) == offer_hash(offer)


@given(offer=offers())
def test_the_hash_does_not_depend_on_the_clock_an_instant_is_told_by(offer: Offer) -> None:
    elsewhere = replace(offer, valid_until=offer.valid_until.astimezone(timezone.utc))
    assert offer_hash(elsewhere) == offer_hash(offer)


@given(offer=offers())
def test_another_value_in_any_single_place_is_another_hash(offer: Offer) -> None:
    # A kind decides what its items are, so it is changed among those that share them.
    alike = {"all": "payoff", "payoff": "all", "bill": "minimum", "minimum": "amount", "amount": "bill"}
    changed = [
        replace(offer, **{one.name: value})
        for one in fields(Offer)
        if one.name != "kind"
        for value in one_off(getattr(offer, one.name))
    ]
    changed.append(replace(offer, kind=alike[offer.kind]))  # type: ignore[arg-type]
    hashes = {offer_hash(one) for one in changed}
    assert len(hashes) == len(changed)
    assert offer_hash(offer) not in hashes


@given(offer=offers(), later=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)))
def test_the_time_of_asking_is_no_part_of_what_was_told(offer: Offer, later: timedelta) -> None:
    first, again = (quote_from(offer, issue=0, created_at=at) for at in (NOW, NOW + later))
    assert (first.id, first.hash) == (again.id, again.hash)
    assert quote_from(offer, issue=1, created_at=NOW).id != first.id


SIMPLE = Offer(
    borrower_id="b-1",
    kind="bill",
    loan_id=None,
    asked_fen=None,
    business_date=DAY,
    amount_fen=54_130,
    to_suspense_fen=0,
    suspense_fen=0,
    bill_fen=54_130,
    overdue_after_fen=0,
    shares=(QuotedShare("l-1", "家电分期", 54_130, settles=False),),
    items=(),
    valid_until=valid_until(DAY),
)
QUOTE = quote_from(SIMPLE, issue=0, created_at=NOW)


def answer(**changes: Any) -> Honoured | QuoteRefusal:
    given_ = {"borrower_id": "b-1", "current": SIMPLE, "used": False, "now": NOW} | changes
    return honour(given_.pop("quote", QUOTE), **given_)


def refusal(**changes: Any) -> QuoteRefusal:
    refused = answer(**changes)
    assert isinstance(refused, QuoteRefusal)
    return refused


def test_a_quote_that_still_says_what_would_be_said_now_is_honoured_as_it_stands() -> None:
    assert answer() == Honoured(54_130, 0, (Share("l-1", 54_130, settles=False),))


def test_the_last_instant_of_the_day_in_shanghai_is_in_time_and_the_next_is_not() -> None:
    midnight = datetime(2026, 11, 23, 16, 0, tzinfo=timezone.utc)
    last = midnight - timedelta(microseconds=1)
    assert business_date(last) == DAY
    assert isinstance(answer(now=last), Honoured)
    assert refusal(now=midnight).code == "quote_expired"


def test_each_refusal_has_its_code_and_names_what_would_be_asked_for_now() -> None:
    dearer = replace(SIMPLE, amount_fen=54_138)
    assert refusal(current=dearer).code == "quote_changed"
    assert "541.38 元" in refusal(current=dearer).detail
    assert "541.38 元" in refusal(current=dearer, now=NOW + timedelta(days=1)).detail
    elsewhere = replace(SIMPLE, overdue_after_fen=7)
    assert refusal(current=elsewhere).code == "quote_changed"
    assert "金额仍是 541.30 元" in refusal(current=elsewhere).detail
    gone = refusal(current=NoOffer("您目前没有需要还的款项。"))
    assert (gone.code, gone.detail.endswith("您目前没有需要还的款项。")) == ("quote_changed", True)
    assert refusal(used=True).code == "quote_used"


@pytest.mark.parametrize(
    "changes",
    [
        {"quote": None},
        {"borrower_id": "b-2"},
        {"quote": replace(QUOTE, offer=replace(SIMPLE, amount_fen=1))},
        {"quote": replace(QUOTE, hash="0" * 64)},
    ],
    ids=["none", "another's", "another amount", "another hash"],
)
def test_no_quote_anothers_quote_and_one_that_was_tampered_with_are_all_unknown(changes: dict[str, Any]) -> None:
    assert refusal(**changes).code == "quote_unknown"
