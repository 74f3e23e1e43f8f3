"""The page for compliance officers tells of every check and every row that the gate has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.domain.rows import Origin
from tests.domain.collect.policy_of import policy

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/compliance.md").read_text()
GATE = ast.parse((ROOT / "service/domain/collect/compliance.py").read_text())


def checks() -> list[str]:
    """The names in CHECKS, in their order."""
    (listed,) = [
        node.value
        for node in GATE.body
        if isinstance(node, ast.AnnAssign)
        and ast.unparse(node.target) == "CHECKS"
        and isinstance(node.value, ast.Tuple)
    ]
    names = []
    for one in listed.elts:
        maker = one.value.elt if isinstance(one, ast.Starred) and isinstance(one.value, ast.GeneratorExp) else one
        names.append(ast.unparse(maker.func if isinstance(maker, ast.Call) else maker))
    return names


def rows() -> Iterator[tuple[str, Origin]]:
    rules = policy().rules
    kinds = (rules.channels, rules.hours, rules.quiet, rules.caps, rules.promises, rules.stops, rules.wording)
    for kind in kinds:
        yield from ((f"{type(one).__name__}-{one.origin.id}", one.origin) for one in kind)


def test_the_table_of_checks_is_the_list_of_checks() -> None:
    table = PAGE.split("## The checks")[1].split("Counts are per debtor")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.M) == checks()


@pytest.mark.parametrize("origin", [origin for _, origin in rows()], ids=[name for name, _ in rows()])
def test_every_row_stands_in_the_page_beside_its_mark(origin: Origin) -> None:
    lines = [line for line in PAGE.splitlines() if line.startswith("|") and f"`{origin.id}`" in line]
    assert any(f"[{origin.mark}]" in line for line in lines)


def test_the_numbers_of_the_page_are_those_of_the_table() -> None:
    rules = policy().rules
    for hours in rules.hours:
        assert f"`{hours.origin.id}` {hours.opens:%H:%M}–{hours.closes:%H:%M}" in PAGE
    for cap in rules.caps:
        assert f"`{cap.origin.id}` {cap.at_most}" in PAGE
    assert f"at most {rules.promises[0].max_days} days ahead" in PAGE
