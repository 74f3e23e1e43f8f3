"""Our data as a project of another Rasa, trained and served in processes of its own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.running import ROOT

CONFIGS = Path(__file__).parent / "stock"
ENDPOINTS = """
action_endpoint:
  url: http://127.0.0.1:{actions}/webhook?token=actions-token-of-the-tests
tracker_store:
  type: SQL
  dialect: sqlite
  db: tracker.db
"""


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
        started = time.perf_counter()
        subprocess.run(command, cwd=folder, env=quiet(), check=True, stdout=to, stderr=to)
    return time.perf_counter() - started


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
