"""Our bot beside a stock Rasa 3.6 assistant and a tuned one, in one run on one machine.

    uv venv --python 3.10 /tmp/stock
    uv pip install --python /tmp/stock/bin/python rasa==3.6.21 jieba
    python -m benchmarks.stock_rasa --rasa /tmp/stock/bin/rasa

All three have the same examples, rules and domain, ask the same action server and ledger, and answer the same
question; the two others keep conversations in Rasa's SQL tracker store. TED learns from stories only, so that they
get each rule once more as a story. What is trained for a benchmark runs `--epochs` epochs: the time of a turn does
not hang on their number, that of a training does, and it is given for 100 epochs, the number of Rasa's own template.
Times are this machine's; the ratios travel.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.running import ROOT, RunningSystem, free_port

CONFIGS = Path(__file__).parent / "stock"
QUESTION = "还剩多少额度"
AT = (5, 50, 500)
AROUND = 5  # turns measured from each of AT on: no more, the next would be later in the conversation
EPOCHS_OF_THE_TEMPLATE = 100
ENDPOINTS = """
action_endpoint:
  url: http://127.0.0.1:{actions}/webhook?token=actions-token-of-the-tests
tracker_store:
  type: SQL
  dialect: sqlite
  db: tracker.db
"""


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

    def parse(self) -> None:
        self.http.post("/model/parse", json={"text": QUESTION}).raise_for_status()

    def turn(self, conversation: str) -> str:
        body = {"sender": conversation, "message": QUESTION, "metadata": self.context()}
        answer = self.http.post("/webhooks/rest/webhook", json=body)
        answer.raise_for_status()
        return "".join(reply.get("text", "") for reply in answer.json())


def project(folder: Path, config: str, *, actions: int, epochs: int) -> None:
    """Our data as a Rasa project for a config of `CONFIGS`."""
    shutil.copytree(ROOT / "data" / "nlu", folder / "data" / "nlu")
    shutil.copytree(ROOT / "data" / "rules", folder / "data" / "rules")
    (folder / "data" / "stories").mkdir()
    for rules in (ROOT / "data" / "rules").glob("*.yml"):
        told = rules.read_text(encoding="utf-8")
        if re.search("condition:|conversation_start|wait_for_user_input", told):
            continue  # what only rules can say
        story = re.sub(r"^rules:", "stories:", re.sub(r"- rule: ", "- story: told ", told), flags=re.M)
        (folder / "data" / "stories" / rules.name).write_text(story, encoding="utf-8")
    shutil.copy(ROOT / "domain.yml", folder)
    text = (CONFIGS / f"{config}.yml").read_text(encoding="utf-8")
    (folder / "config.yml").write_text(text.replace("epochs: 100", f"epochs: {epochs}"), encoding="utf-8")
    (folder / "endpoints.yml").write_text(ENDPOINTS.format(actions=actions), encoding="utf-8")
    (folder / "credentials.yml").write_text("rest:\n", encoding="utf-8")


def quiet() -> dict[str, str]:
    return os.environ | {
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "RASA_MAX_CACHE_SIZE": "0",
    }


def run(command: list[str], folder: Path, *, log: Path) -> float:
    """Seconds."""
    with log.open("ab") as to:
        return timed(lambda: subprocess.run(command, cwd=folder, env=quiet(), check=True, stdout=to, stderr=to)) / 1000


@contextmanager
def serving(rasa: str, folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [rasa, "run", "--enable-api", "-p", str(port), "-i", "127.0.0.1", "--endpoints", "endpoints.yml"]
    with (folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(command, cwd=folder, env=quiet(), stdout=log, stderr=log, start_new_session=True)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


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


def memory_mb(pid: int) -> float:
    """Resident memory of a process and its children."""
    found = {int(p.name): p for p in Path("/proc").iterdir() if p.name.isdigit()}
    total, of = 0.0, {pid}
    for number, path in sorted(found.items()):
        try:
            status = (path / "status").read_text()
        except OSError:
            continue
        parent = int(re.search(r"^PPid:\s+(\d+)", status, re.M)[1])  # type: ignore[index]
        if number in of or parent in of:
            of.add(number)
            resident = re.search(r"^VmRSS:\s+(\d+)", status, re.M)
            total += int(resident[1]) / 1024 if resident else 0.0
    return total


def measure(bot: Ours, found: Measured, conversation: str, *, minutes: float, progress: Progress, name: str) -> None:
    """Parse, turns of one conversation as far as they fit into `minutes`, and several conversations at once."""
    answered = bot.turn(conversation)
    if "额度" not in answered:
        raise SystemExit(f"{name} does not answer the question: {answered!r}")
    found.parse_ms = [timed(bot.parse) for _ in range(30)]
    task = progress.add_task(f"{name}: turns", total=AT[-1] + AROUND)
    ends = time.monotonic() + 60 * minutes
    for turn in range(2, AT[-1] + AROUND):
        spent = timed(lambda: bot.turn(conversation))
        at = next((at for at in AT if at <= turn < at + AROUND), None)
        if at is not None:
            found.turns_ms.setdefault(at, []).append(spent)
        progress.update(task, completed=turn)
        if time.monotonic() > ends:
            found.turns_ms.setdefault(turn, []).append(spent)
            break
    progress.remove_task(task)
    with ThreadPoolExecutor(8) as several:
        ends = time.monotonic() + 10

        def talk(number: int) -> int:
            done = 0
            while time.monotonic() < ends:
                bot.turn(conversation if number == 0 else f"{conversation}-{number}")
                done += 1
                if done % 5 == 0:
                    number += 8  # short conversations
            return done

        found.per_second = sum(several.map(talk, range(1, 9))) / 10


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

    def turns(at: int) -> Callable[[Measured], float | None]:
        return lambda one: statistics.median(one.turns_ms[at]) if at in one.turns_ms else None

    for at in sorted({at for one in found.values() for at in one.turns_ms}):
        row(f"turn {at}, p50", turns(at), "ms")
    row("parse alone, p50", lambda one: statistics.median(one.parse_ms), "ms")
    row("parse alone, p95", lambda one: statistics.quantiles(one.parse_ms, n=20)[-1], "ms")
    row("turns a second, 8 at once", lambda one: one.per_second, "")
    row("training", lambda one: one.training_s, "s")
    row("start until it answers", lambda one: one.start_s, "s")
    row("memory", lambda one: one.memory_mb, "MB")
    console.print(table)
    for name, one in found.items():
        if AT[0] in one.turns_ms:
            first, last = AT[0], max(one.turns_ms)
            growth = statistics.median(one.turns_ms[last]) / statistics.median(one.turns_ms[first])
            console.print(f"{name}: turn {last} takes {growth:.2f} × turn {first}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rasa", required=True, help="the rasa command of the other environment")
    parser.add_argument("--epochs", type=int, default=2, help="trained for the benchmark (default 2)")
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
            borrower = system.borrower("demo-overdue-5")
            borrower.say(QUESTION)
            conversation = system.conversation("demo-overdue-5")
            for name in ["ours", *([given.only] if given.only else ["stock", "tuned"])]:
                if name == "ours":
                    measure(bot, found[name], conversation, minutes=given.minutes, progress=progress, name=name)
                    found[name].memory_mb = memory_mb(system.processes["bot"].pid)
                    continue
                there = folder / name
                project(there, name, actions=system.ports["actions"], epochs=given.epochs)
                console.print(f"training {name}, {given.epochs} epochs …")
                spent = run([given.rasa, "train", "--skip-validation"], there, log=there / "log.txt")
                found[name] = Measured(spent * EPOCHS_OF_THE_TEMPLATE / given.epochs)
                port = free_port()
                with serving(given.rasa, there, port) as process:
                    other = Stock(system, port)
                    found[name].start_s = until_ready(other)
                    measure(other, found[name], conversation, minutes=given.minutes, progress=progress, name=name)
                    found[name].memory_mb = memory_mb(process.pid)
        finally:
            system.stop()
    report(console, found)
    console.print(f"training of the others: {given.epochs} epochs, times {EPOCHS_OF_THE_TEMPLATE / given.epochs:g}")


if __name__ == "__main__":
    main()
