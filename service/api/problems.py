"""Every problem the API can answer with, as a table, and the addresses at which that table can be read.

The rows are in `problems.toml`. A problem's `type` is the address of its row here, so that whoever meets one
can look up, in Chinese and English, what it means and what to do.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter
from fastapi import Path as InPath

from service.domain.errors import NotFound

TABLE = Path(__file__).with_suffix(".toml")
PREFIX = "/problems"
Function = TypeVar("Function", bound=Callable[..., Any])

router = APIRouter(prefix=PREFIX)


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One row: what a code means. `retry_after` is in seconds, None where asking again would change nothing."""

    code: str
    type: str
    status: int
    title: str
    title_zh: str
    detail: str
    detail_en: str
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class ProblemKinds:
    """The whole table."""

    problems: tuple[ProblemKind, ...]


def type_of(code: str) -> str:
    """The relative URI of a code's row: amount_too_large → /problems/amount-too-large."""
    return f"{PREFIX}/{code.replace('_', '-')}"


def read_kinds(path: Path = TABLE) -> Mapping[str, ProblemKind]:
    """The rows by code. Raises TypeError for a row with a missing or an unknown column."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))
    return MappingProxyType({code: ProblemKind(code=code, type=type_of(code), **row) for code, row in rows.items()})


KINDS = read_kinds()


def refuses(*codes: str) -> Callable[[Function], Function]:
    """Marks a route or a dependency with the problems it may answer with. Raises KeyError for an unlisted code."""
    for code in codes:
        KINDS[code]

    def mark(function: Function) -> Function:
        function.refuses = codes  # type: ignore[attr-defined]
        return function

    return mark


@router.get("")
def list_problems() -> ProblemKinds:
    """Every problem this API can answer with, in Chinese and English."""
    return ProblemKinds(tuple(KINDS.values()))


@router.get("/{name}")
@refuses("not_found")
def get_problem(name: Annotated[str, InPath(max_length=64)]) -> ProblemKind:
    """What one problem means; its address is the `type` of the problem documents."""
    found = KINDS.get(name.replace("-", "_"))
    if found is None or found.type != f"{PREFIX}/{name}":
        raise NotFound("没有这种问题代码，请检查后重试。")
    return found
