"""The rules of the house that import-linter cannot say."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PURE = sorted((ROOT / "service/domain").rglob("*.py")) + sorted((ROOT / "bot/text").rglob("*.py"))
DOMAIN = sorted((ROOT / "service/domain").rglob("*.py"))
CODE = [path for room in ("service", "bot", "actions") for path in sorted((ROOT / room).rglob("*.py"))]
# What the goals of the actions may share; `general` and `pause` are what several of them do, and no goal of a borrower.
SHARED_BY_GOALS = {
    "account",
    "after_fraud",
    "asked_for",
    "cannot_keep",
    "cards",
    "day_interest",
    "day_meant",
    "few_days",
    "named_loan",
    "next_instalment",
    "figure",
    "follow_up",
    "form",
    "general",
    "hardship_terms",
    "hardship_wish",
    "history",
    "how_it_stands",
    "known_sum",
    "matter",
    "months",
    "not_understood",
    "nth_instalment",
    "numerals",
    "others",
    "part_of_debt",
    "pause",
    "pick",
    "plain_wish",
    "promise_day",
    "promise_or_pay",
    "promise_parts",
    "promise_sum",
    "read_back",
    "repay_help",
    "repay_wish",
    "replies",
    "second_wish",
    "shown_figures",
    "so_many",
    "service_client",
    "standing",
    "standing_words",
    "than_before",
    "then_promise",
    "told_paid",
    "turn",
    "who_writes",
    "words",
}
GOALS = [
    path
    for path in sorted((ROOT / "actions").glob("*.py"))
    if path.stem not in SHARED_BY_GOALS and not path.stem.startswith("__")
]
IMPURE_MODULES = {"os", "socket", "time", "random", "secrets", "subprocess", "requests", "httpx", "logging", "uuid"}


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _imported(path: Path) -> set[str]:
    """The modules that a file names in its imports, `from package import module` included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            modules = {name for name in whole if (ROOT / (name.replace(".", "/") + ".py")).exists()}
            found |= modules or {node.module or ""}
    return found


def _calls(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


@pytest.mark.parametrize("path", PURE, ids=_name)
def test_the_core_reads_no_clock_and_no_world(path: Path) -> None:
    tree = ast.parse(path.read_text())
    imported = {
        alias.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in (node.names if isinstance(node, ast.Import) else [ast.alias(node.module or "")])
    }
    assert not imported & IMPURE_MODULES
    clocks = [call for call, _ in _calls(path) if re.search(r"\b(now|utcnow|today)$", call)]
    assert not clocks
    assert not [call for call, _ in _calls(path) if call in {"open", "print", "input"}]


@pytest.mark.parametrize("path", DOMAIN, ids=_name)
def test_the_domain_knows_itself_and_the_standard_library(path: Path) -> None:
    others = {name for name in _imported(path) if not f"{name}.".startswith("service.domain.")}
    assert {name for name in others if name.split(".")[0] not in sys.stdlib_module_names} == set()


@pytest.mark.parametrize("path", GOALS, ids=_name)
def test_a_goal_never_imports_a_goal(path: Path) -> None:
    mine = {name for name in _imported(path) if name.startswith("actions.")}
    assert mine <= {f"actions.{shared}" for shared in SHARED_BY_GOALS}


@pytest.mark.parametrize("path", DOMAIN, ids=_name)
def test_the_domain_uses_no_float(path: Path) -> None:
    tree = ast.parse(path.read_text())
    floats = [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Name) and node.id == "float")
    ]
    assert not floats


@pytest.mark.parametrize("path", CODE, ids=_name)
def test_nobody_commits_but_the_engine(path: Path) -> None:
    if path == ROOT / "service/db/engine.py" or path.is_relative_to(ROOT / "bot"):
        return  # the bot keeps a tracker store of its own
    assert not [line for call, line in _calls(path) if call.endswith(".commit")]


@pytest.mark.parametrize("path", CODE, ids=_name)
def test_only_the_gate_builds_a_clearance(path: Path) -> None:
    if path == ROOT / "service/domain/collect/compliance.py":
        return
    assert not [line for call, line in _calls(path) if call.split(".")[-1] in {"Cleared", "_Cleared"}]


@pytest.mark.parametrize("path", CODE, ids=_name)
def test_every_module_opens_with_what_it_answers(path: Path) -> None:
    if path.name == "__init__.py" and not path.read_text().strip():
        return
    if "migrations/versions" in _name(path):
        return
    assert ast.get_docstring(ast.parse(path.read_text()))


@pytest.mark.parametrize("path", CODE, ids=_name)
def test_files_stay_small_enough_to_hold_in_the_head(path: Path) -> None:
    if "migrations/versions" not in _name(path):
        assert len(path.read_text().splitlines()) <= 320


def test_the_tree_in_the_readme_is_the_tree_on_disk() -> None:
    readme = (ROOT / "README.md").read_text()
    block = readme.split("<!-- tree -->")[1].split("<!-- /tree -->")[0]
    named = re.findall(r"^([\w./-]+/)\s", block, re.M)
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    on_disk = {line.split("/")[0] + "/" for line in tracked.splitlines() if "/" in line}
    assert {name.split("/")[0] + "/" for name in named} == on_disk - {".ci/"}
    assert all((ROOT / name).is_dir() for name in named)
