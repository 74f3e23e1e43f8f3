"""Millions of simulated sends: each is asked of the real gate, and of rules written apart from it (`gate_life`).

Wherever the two do not say the same, the run fails and names the seed that shows it again. `make prove-gate`, or
`python -m benchmarks.prove_gate [sends] [--processes N] [--seed N]`: 5,000,000 on every core unless said.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import sys
import time
from collections import Counter
from functools import lru_cache
from itertools import islice

from benchmarks.gate_life import MEDIA, Happened, Life, Try, forbidden, lives, outcome
from service.domain.collect import outreach as kinds
from service.domain.collect.compliance import Cleared, clear
from service.domain.collect.contact import Attempt, Outcome, counted
from service.domain.collect.outreach import By, Contact, Draft, History, Kind, Medium, Stop
from tests.domain.collect.policy_of import policy

SENDS = 5_000_000
EACH = 20_000  # sends of one seed
BORROWER, POINT = "b", "point"


def asked(life: Life, one: Try) -> bool:
    """Whether the gate lets it through."""
    draft = Draft(
        outreach_id="o",
        borrower_id=BORROWER,
        channel=one.channel,
        kind=Kind.COLLECTION if one.collects else Kind.REMINDER,
        text=one.text,
        template="t",
        template_version="1",
        approved=one.approved,
        expires_at=one.expires_at,
        tier="M1" if one.early else "M2",
        by=By.AGENT if one.channel == "phone" else By.SYSTEM,
        by_name="苏禾",
    )
    contact = Contact(
        BORROWER,
        stops=frozenset(Stop(name) for name in life.stops),
        agreed_hours=life.hours,
        zone=life.zone,
        suppressed=life.suppressed,
    )
    return isinstance(clear(draft, contact=contact, history=_history(life, one), now=one.at, policy=policy()), Cleared)


def _history(life: Life, one: Try) -> History:
    """The past as the service's tables keep it, counted as the service counts it."""
    attempts = [_attempt(past) for past in life.past]
    counts = counted(attempts, borrower_id=BORROWER, points=(POINT,), now=one.at)
    if life.wrote_at is not None:
        since = (past for past in attempts if past.channel == one.channel and past.at >= life.wrote_at)
        counts[kinds.Counter.SINCE_BORROWER_WROTE] = sum(past.uses for past in since)
    return History(
        owed_fen=life.owed_fen,
        promise_pending=life.promise_stands,
        payment_pending=life.paying,
        paid_at=life.paid_at,
        held_by_agent=life.held,
        wrote_at=life.wrote_at,
        consents=life.consents,
        counts=counts,
    )


@lru_cache(maxsize=256)
def _attempt(past: Happened) -> Attempt:
    return Attempt(
        id="a",
        borrower_id=BORROWER,
        channel=past.channel,
        medium=Medium(MEDIA[past.channel]),
        by_kind=By.SYSTEM,
        by_name="",
        at=past.at,
        kind=Kind.COLLECTION if past.collects else Kind.REMINDER,
        contact_point_id=None if past.channel == "inapp" else POINT,
        outcome=Outcome(past.outcome),
    )


def told(seed: int, sends: int = EACH) -> Counter[str]:
    """What the rules said of so many sends. Raises AssertionError at the first of which the gate says otherwise."""
    dice = random.Random(seed)
    said: Counter[str] = Counter()
    for number, (life, one) in enumerate(islice(lives(dice), sends)):
        why_not = forbidden(life, one)
        may = asked(life, one)
        if may != (not why_not):
            gate = "lets it through" if may else "holds it back"
            raise AssertionError(f"seed {seed}, send {number}: the gate {gate}, the rules say {why_not}: {one} {life}")
        said.update(why_not or ("sent",))
        said["asked"] += 1
        if may:
            life.let_through(one, outcome(one.channel, dice))
    return said


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.prove_gate")
    parser.add_argument("sends", nargs="?", type=int, default=SENDS)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop earlier, with what was asked by then")
    parser.add_argument("--seed", type=int, default=1, help="the first; each 20,000 sends have one of their own")
    wish = parser.parse_args()
    seeds = range(wish.seed, wish.seed + -(-wish.sends // EACH))
    started, said = time.monotonic(), Counter[str]()
    with multiprocessing.Pool(wish.processes) as pool:
        for done, found in enumerate(pool.imap_unordered(told, seeds), 1):
            said += found
            _bar(done, len(seeds), time.monotonic() - started)
            if time.monotonic() - started > wish.seconds:
                break
    seconds = time.monotonic() - started
    print(
        f"gate        {said.pop('asked'):,} sends asked, {said.pop('sent'):,} let through: none against the rules, "
        f"none held back without a reason   {seconds:.0f} s, {wish.processes} processes, seeds from {wish.seed}"
    )
    print("held back   " + " · ".join(f"{name} {count:,}" for name, count in said.most_common()))


def _bar(done: int, of: int, seconds: float) -> None:
    if sys.stderr.isatty() or done % 25 == 0 or done == of:
        full = 30 * done // of
        left = seconds / done * (of - done)
        end = "\r" if sys.stderr.isatty() and done < of else "\n"
        bar = "█" * full + "░" * (30 - full)
        print(f"{bar} {done * EACH:,} of {of * EACH:,}, {left:.0f} s left ", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
