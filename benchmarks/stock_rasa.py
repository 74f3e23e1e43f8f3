"""Our bot beside a stock Rasa 3.6 assistant and a tuned one, in one run on one machine.

    uv venv --python 3.10 /tmp/stock
    uv pip install --python /tmp/stock/bin/python rasa==3.6.21 jieba "setuptools<81"
    python -m benchmarks.stock_rasa --rasa /tmp/stock/bin/rasa

All three have the same examples, rules and domain, ask the same action server and ledger, and answer the same
question; the two others keep conversations in Rasa's SQL tracker store. TED learns from stories only, so that they
get each rule once more as a story. What is trained for a benchmark runs `--epochs` epochs: the time of a turn does not
hang on their number; that of a training does, so theirs is far from the 100 epochs of Rasa's own template.
Times are this machine's; the ratios travel.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.other_rasa import memory_mb, project, run, serving
from service.demo.cast import CAST
from tests.ports import free_port
from tests.running import ROOT, RunningSystem

QUESTION = "还剩多少额度"
AT = (5, 50, 500)
AROUND = 5  # turns measured from each of AT on: no more, the next would be later in the conversation
SHORT = 4  # conversations as far as the second of AT; the one after them goes on
AT_ONCE = 8


@dataclass
class Measured:
    training_s: float
    start_s: float = 0.0
    memory_mb: float = 0.0
    parse_ms: list[float] = field(default_factory=list)
    turns_ms: dict[int, list[float]] = field(default_factory=dict)
    per_second: float = 0.0


def timed(what: Callable[[], object]) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    what()
    return (time.perf_counter() - started) * 1000


class Ours:
    """The bot of the running system."""

    def __init__(self, system: RunningSystem) -> None:
        self.system = system
        self.http = httpx.Client(
            base_url=f"http://127.0.0.1:{system.ports['bot']}",
            headers={"Authorization": "Bearer bot-token-of-the-tests"},
            timeout=60,
            trust_env=False,
        )
        self.asked = 0

    def parse(self) -> None:
        token = {"token": "bot-token-of-the-tests"}
        self.http.post("/model/parse", params=token, json={"text": QUESTION}).raise_for_status()

    def turn(self, conversation: str) -> str:
        self.asked += 1
        body = {
            "conversation_id": conversation,
            "message_id": f"bench-{conversation}-{self.asked}",
            "text": QUESTION,
            "context": self.context(),
        }
        answer = self.http.post("/webhooks/xiaoqing/turn", json=body)
        answer.raise_for_status()
        return "".join(reply["text"] for reply in answer.json()["replies"])

    def context(self) -> dict[str, Any]:
        return {"today": self.system.now().date().isoformat(), "verified": True, "channel": "inapp"}


class Stock(Ours):
    """A Rasa server of another environment, through its REST channel."""

    def __init__(self, system: RunningSystem, port: int) -> None:
        self.system = system
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False)
        self.asked = 0

    def parse(self) -> None:
        self.http.post("/model/parse", json={"text": QUESTION}).raise_for_status()

    def turn(self, conversation: str) -> str:
        self.asked += 1
        context = self.context() | {"message_id": f"bench-{conversation}-{self.asked}"}
        body = {"sender": conversation, "message": QUESTION, "metadata": context}
        answer = self.http.post("/webhooks/rest/webhook", json=body)
        answer.raise_for_status()
        return "".join(reply.get("text", "") for reply in answer.json())


def until_ready(bot: Ours, *, seconds: float = 300) -> float:
    """Seconds until the first text is parsed."""
    started = time.perf_counter()
    while True:
        try:
            bot.parse()
            return time.perf_counter() - started
        except httpx.HTTPError:
            if time.perf_counter() - started > seconds:
                raise
            time.sleep(0.2)


def converse(
    bot: Ours, found: Measured, conversation: str, *, until: int, ends: float, said: Callable[[], None]
) -> None:
    """A conversation of `until` turns, or as many as there is time for."""
    for turn in range(1, until):
        spent = timed(lambda: bot.turn(conversation))
        said()
        at = next((at for at in AT if at <= turn < at + AROUND), None)
        late = time.monotonic() > ends
        if at is not None or late:
            found.turns_ms.setdefault(at or turn, []).append(spent)
        if late:
            return


def measure(bot: Ours, found: Measured, known: list[str], *, minutes: float, progress: Progress, name: str) -> None:
    """Parse, turns of conversations as far as they fit into `minutes`, and several conversations at once. `known`:
    conversations of borrowers who are logged in, each used for one of these."""
    answered = bot.turn(known[0])
    if "额度" not in answered:
        raise SystemExit(f"{name} does not answer the question: {answered!r}")
    found.parse_ms = [timed(bot.parse) for _ in range(100)]
    turns = [AT[1] + AROUND] * SHORT + [AT[2] + AROUND]
    task = progress.add_task(f"{name}: turns", total=sum(turns))
    ends = time.monotonic() + 60 * minutes
    for conversation, until in zip(known[1:], turns, strict=False):
        converse(bot, found, conversation, until=until, ends=ends, said=lambda: progress.advance(task))
    progress.remove_task(task)
    found.per_second = per_second(bot, known[-AT_ONCE:])


def per_second(bot: Ours, conversations: list[str], *, seconds: float = 10) -> float:
    """Turns a second, a conversation each thread."""
    ends = time.monotonic() + seconds

    def talk(conversation: str) -> int:
        done = 0
        while time.monotonic() < ends:
            bot.turn(conversation)
            done += 1
        return done

    with ThreadPoolExecutor(len(conversations)) as several:
        return sum(several.map(talk, conversations)) / seconds


def p95(found: list[float]) -> float:
    return statistics.quantiles(found, n=20)[-1] if len(found) > 1 else found[0]


def report(console: Console, found: dict[str, Measured]) -> None:
    ours = found["ours"]
    table = Table("", *found, title="the same question, data, actions and ledger")

    def row(label: str, value: Callable[[Measured], float | None], unit: str) -> None:
        base = value(ours)
        cells = []
        for name, one in found.items():
            at = value(one)
            ratio = f"  {at / base:.1f}x" if at is not None and base and name != "ours" else ""
            cells.append("not reached" if at is None else f"{at:,.1f} {unit}{ratio}")
        table.add_row(label, *cells)

    def turns(at: int, of: Callable[[list[float]], float]) -> Callable[[Measured], float | None]:
        return lambda one: of(one.turns_ms[at]) if at in one.turns_ms else None

    for at in sorted({at for one in found.values() for at in one.turns_ms}):
        row(f"turn {at}, p50", turns(at, statistics.median), "ms")
        row(f"turn {at}, p95", turns(at, p95), "ms")
    row("parse alone, p50", lambda one: statistics.median(one.parse_ms), "ms")
    row("parse alone, p95", lambda one: p95(one.parse_ms), "ms")
    row(f"turns a second, {AT_ONCE} at once", lambda one: one.per_second, "")
    row("training", lambda one: one.training_s, "s")
    row("start until it answers", lambda one: one.start_s, "s")
    row("memory", lambda one: one.memory_mb, "MB")
    console.print(table)
    for name, one in found.items():
        if AT[0] in one.turns_ms:
            first, last = AT[0], max(one.turns_ms)
            growth = statistics.median(one.turns_ms[last]) / statistics.median(one.turns_ms[first])
            console.print(f"{name}: turn {last} takes {growth:.2f} × turn {first}")


def conversation_of(system: RunningSystem, borrower_id: str) -> str:
    system.borrower(borrower_id).say(QUESTION)
    return system.conversation(borrower_id)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rasa", required=True, help="the rasa command of the other environment")
    parser.add_argument("--epochs", type=int, default=1, help="trained for the benchmark (default 1)")
    parser.add_argument("--minutes", type=float, default=6, help="at most, for the turns of one bot (default 6)")
    parser.add_argument("--only", choices=["stock", "tuned"], help="one of the two others alone")
    given = parser.parse_args()
    console = Console(width=120)
    found: dict[str, Measured] = {}
    with tempfile.TemporaryDirectory() as temporary, Progress(console=console, transient=True) as progress:
        folder = Path(temporary)
        system = RunningSystem(folder, borrowers=12)
        trained = folder / "ours"
        trained.mkdir()
        ours = [sys.executable, "-m", "bot", "train", "--out", str(trained)]
        found["ours"] = Measured(run(ours, ROOT, log=trained / "log.txt"))
        system.start()
        try:
            bot = Ours(system)
            found["ours"].start_s = until_ready(bot)
            system.wait_until_ready()
            known = [conversation_of(system, one.id) for one in CAST[: 1 + SHORT + 1 + AT_ONCE]]
            for name in ["ours", *([given.only] if given.only else ["stock", "tuned"])]:
                if name == "ours":
                    measure(bot, found[name], known, minutes=given.minutes, progress=progress, name=name)
                    found[name].memory_mb = memory_mb(system.processes["bot"].pid)
                    continue
                there = folder / name
                project(there, name, actions=system.ports["actions"], epochs=given.epochs)
                console.print(f"training {name}, {given.epochs} epochs …")
                spent = run([given.rasa, "train", "--skip-validation"], there, log=there / "log.txt")
                found[name] = Measured(spent)
                port = free_port()
                with serving(given.rasa, there, port) as process:
                    other = Stock(system, port)
                    found[name].start_s = until_ready(other)
                    measure(other, found[name], known, minutes=given.minutes, progress=progress, name=name)
                    found[name].memory_mb = memory_mb(process.pid)
        finally:
            system.stop()
    report(console, found)
    console.print(f"training of the others: {given.epochs} of the template's 100 epochs")


if __name__ == "__main__":
    main()
