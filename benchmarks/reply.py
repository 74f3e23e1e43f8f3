"""How much a whole reply costs beside the understanding alone, and what a long conversation adds.

Starts the three processes on free ports and asks one borrower's limit again and again. Prints medians and ratios:
the times are this machine's, the ratios travel.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.running import Borrower, RunningSystem

QUESTION = "还剩多少额度"
TURNS = 60
EARLY, LATE = slice(5, 15), slice(50, 60)


def timed(what: Callable[[], object]) -> float:
    started = time.perf_counter()
    what()
    return (time.perf_counter() - started) * 1000


def reply(borrower: Borrower) -> float:
    """Milliseconds from posting a message until its answer is read, as a page would see it."""
    return timed(lambda: borrower.say(QUESTION))


def parse(system: RunningSystem, http: httpx.Client) -> float:
    url = f"http://127.0.0.1:{system.ports['bot']}/model/parse"
    token = {"token": "bot-token-of-the-tests"}
    return timed(lambda: http.post(url, params=token, json={"text": QUESTION}).raise_for_status())


def turn_at_bot(system: RunningSystem, http: httpx.Client, number: int) -> float:
    """Milliseconds of one turn at the bot (understanding, policy, action, ledger), without the service's queue."""
    url = f"http://127.0.0.1:{system.ports['bot']}/webhooks/xiaoqing/turn"
    body = {
        "conversation_id": system.conversation("demo-overdue-5"),
        "message_id": f"bench-{number}",
        "text": QUESTION,
        "context": {"today": system.now().date().isoformat(), "verified": True, "channel": "inapp"},
    }
    headers = {"Authorization": "Bearer bot-token-of-the-tests"}
    return timed(lambda: http.post(url, json=body, headers=headers).raise_for_status())


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        system = RunningSystem(Path(folder), borrowers=12)
        started = time.perf_counter()
        system.start()
        try:
            system.wait_until_ready()
            borrower = system.borrower("demo-overdue-5")
            borrower.say(QUESTION)
            first = time.perf_counter() - started
            with httpx.Client(timeout=20) as http:  # kept, as the service keeps its own
                parses = [parse(system, http) for _ in range(TURNS)]
                turns = [turn_at_bot(system, http, number) for number in range(TURNS)]
            replies = [reply(borrower) for _ in range(15)]
        finally:
            system.stop()
    early, late = statistics.median(turns[EARLY]), statistics.median(turns[LATE])
    print(f"start → first answer          {first:8.1f} s")
    print(f"parse alone, p50              {statistics.median(parses):8.1f} ms")
    print(f"turn at the bot, 5–15, p50    {early:8.1f} ms   {early / statistics.median(parses):5.1f} × parse")
    print(f"turn at the bot, 50–60, p50   {late:8.1f} ms   {late / early:5.2f} × turn 5–15")
    print(f"whole reply at the page, p50  {statistics.median(replies):8.1f} ms   (polled every 100 ms)")


if __name__ == "__main__":
    main()
