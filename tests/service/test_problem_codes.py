"""The table of problems says all that the service can refuse and nothing else; readers know its codes alone."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from service.api import errors, problems
from service.api.problems import KINDS, ProblemKind
from service.domain import errors as family
from service.domain.errors import XiaoqingError

ROOT = Path(__file__).resolve().parents[2]
SERVICE = sorted((ROOT / "service").rglob("*.py"))
TABLE = "service/api/problems.toml"
FAMILY = {
    name: kind for name, kind in vars(family).items() if isinstance(kind, type) and issubclass(kind, XiaoqingError)
}
# Whose `code=` is a problem's, and whose first argument is, or becomes one where the value is raised.
SAYS_A_CODE = {*FAMILY, "Problem", "problem"}
CODE_FIRST = {"NotAllowed", "QuoteRefusal", "Blocked", "Shortfall"}
# A code that is passed on from where it is written: what is written there is scanned as well.
PASSED_ON = {
    "service/api/errors.py": {"error.code", "code", "CODES.get(status) or HTTPStatus(status).phrase.lower().replace"},
    "service/usecases/desk/holding.py": {"refusal.code"},
    "service/usecases/loan/make_quote.py": {"UNKNOWN.code"},
    "service/usecases/loan/apply_for_limit.py": {"why_not.code"},
    "service/usecases/loan/start_payment.py": {"answer.code"},
    "service/usecases/collect/hardship_book.py": {"found[0].code"},
}
CHINESE = re.compile("[\u4e00-\u9fff]")

Found = dict[str, set[tuple[str, str]]]  # code → (who raises it, where)


def _name(node: ast.Call) -> str:
    return ast.unparse(node.func).rpartition(".")[2]


def _written(node: ast.Call) -> Iterator[ast.expr]:
    if _name(node) in SAYS_A_CODE:
        yield from (keyword.value for keyword in node.keywords if keyword.arg == "code")
    elif _name(node) in CODE_FIRST and node.args:
        yield node.args[0]


def scan() -> tuple[Found, list[str]]:
    """Every code that is written in the service, and the places where it cannot be read."""
    found: Found = defaultdict(set)
    unread = []
    for path in SERVICE:
        where = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for code in _written(node) if isinstance(node, ast.Call) else ():
                if isinstance(code, ast.Constant) and isinstance(code.value, str):
                    found[code.value].add((_name(node), f"{where}:{code.lineno}"))
                elif not any(ast.unparse(code).startswith(known) for known in PASSED_ON.get(where, ())):
                    unread.append(f"{where}:{code.lineno}: code={ast.unparse(code)}")
            if isinstance(node, ast.Raise) and node.exc is not None:
                for name, code in _by_default(node.exc):
                    found[code].add((name, f"{where}:{node.lineno}"))
    for status, code in errors.CODES.items():
        found[code].add((f"HTTP {status}", "service/api/errors.py"))
    return found, unread


def _by_default(raised: ast.expr) -> Iterator[tuple[str, str]]:
    """`raise NotFound` and `raise NotFound("…")` have their class's own code."""
    name = ast.unparse(raised.func if isinstance(raised, ast.Call) else raised).rpartition(".")[2]
    given = isinstance(raised, ast.Call) and any(keyword.arg == "code" for keyword in raised.keywords)
    if name in FAMILY and not given:
        yield name, FAMILY[name].code


def test_every_code_that_is_raised_has_a_row() -> None:
    found, unread = scan()
    missing = {code: sorted(where) for code, where in found.items() if code not in KINDS}
    rows = "\n".join(
        f'\n[{code}]\nstatus = 422\ntitle = ""\ntitle_zh = ""\ndetail = ""\ndetail_en = ""' for code in missing
    )
    assert not missing, f"{missing}\nAdd to {TABLE}:\n{rows}"
    assert not unread, f"a code should be written where it is raised, or its place listed in PASSED_ON: {unread}"


def test_every_row_is_raised_somewhere() -> None:
    found, _ = scan()
    bases = {"internal", "refused"}  # what is said where nothing else can be
    unused = set(KINDS) - set(found) - bases
    assert not unused, f"nobody raises these, so they should leave {TABLE}: {sorted(unused)}"


def test_the_status_in_the_table_is_the_status_of_what_is_raised() -> None:
    found, _ = scan()
    for code, raised in found.items():
        for name, where in raised:
            if name in FAMILY:
                status = errors.status_of(FAMILY[name]())
                assert KINDS[code].status == status, f"{where}: {name} is {status}, {TABLE} says {KINDS[code].status}"


def test_the_scan_sees_what_is_there() -> None:
    found, _ = scan()
    assert {"amount_too_large", "not_found", "held_by_other", "request_in_progress", "not_the_gateway"} <= set(found)
    assert issubclass(FAMILY["KeyReused"], XiaoqingError)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.code)
def test_a_row_says_in_both_languages_what_it_is_and_what_to_do(kind: ProblemKind) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", kind.code)
    assert 400 <= kind.status < 600
    assert CHINESE.search(kind.title_zh)
    assert CHINESE.search(kind.detail)
    assert kind.detail.endswith("。")
    assert kind.title.isascii()
    assert kind.detail_en.isascii()
    assert kind.detail_en.endswith(".") or "`" in kind.detail_en
    assert not kind.title.endswith(".")


def _expected(folder: Path) -> set[str]:
    """The codes that the actions compare with: `… .code == NAME`, `… .code in NAMES`."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.py"))]
    values = {
        ast.unparse(target): node.value
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
    }
    compared = [
        side
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare) and ast.unparse(node.left).rpartition(".")[2] == "code"
        for side in node.comparators
    ]
    resolved = [values.get(ast.unparse(side), side) for side in compared]
    return {
        one.value
        for side in resolved
        for one in ast.walk(side)
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }


def test_the_actions_expect_codes_that_exist() -> None:
    expected = _expected(ROOT / "actions")
    assert {"nothing_due", "request_in_progress", "identity_required", "date_in_past"} <= expected
    assert expected <= set(KINDS), f"the service never answers {sorted(expected - set(KINDS))}"


@pytest.fixture
def http() -> TestClient:
    app = FastAPI()
    app.include_router(problems.router)
    errors.install(app)
    return TestClient(app)


def test_the_type_of_every_problem_resolves(http: TestClient) -> None:
    listed = http.get("/problems").json()["problems"]
    assert [one["code"] for one in listed] == list(KINDS)
    for one in listed:
        assert http.get(one["type"]).json() == one
    assert http.get("/problems/amount_too_large").status_code == 404
    nowhere = http.get("/problems/nothing-like-it")
    assert (nowhere.status_code, http.get(nowhere.json()["type"]).json()["code"]) == (404, "not_found")


def test_a_status_of_the_frameworks_own_without_a_row_is_still_a_problem_in_chinese() -> None:
    told = errors.problem(418, code="im_a_teapot")
    assert b"about:blank" in told.body
    assert CHINESE.search(told.body.decode())
