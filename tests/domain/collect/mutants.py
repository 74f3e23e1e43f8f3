"""The gate with one thing in it changed: each check left out, each decision turned round, one at a time.

A mutant is the source with a single change, run as modules of its own; the real ones stay as they are.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from service.domain.collect.outreach import Stop

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = "service.domain.collect"
PARTS = ("case", "caps", "third_party", "compliance")  # in the order in which they import each other
INSTEAD: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.GtE, ast.LtE),
    ast.LtE: (ast.Gt, ast.Lt),
    ast.Gt: (ast.LtE, ast.GtE),
    ast.GtE: (ast.Lt, ast.Gt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
Change = tuple[str, str, Any]  # what it is called, the field of a node, its new value


@dataclass(frozen=True, slots=True)
class Mutant:
    """In the module `part`, a field of a node has another value; `name` says what was changed and where."""

    part: str
    name: str
    node: ast.AST
    field: str
    value: Any

    def compiled(self) -> CodeType:
        was = getattr(self.node, self.field)
        setattr(self.node, self.field, self.value)
        try:
            return _compiled_tree(self.part)
        finally:
            setattr(self.node, self.field, was)


def mutants() -> Iterator[Mutant]:
    for part in PARTS:
        for node in ast.walk(_tree(part)):
            for what, field, value in _changes(node):
                for new in value if isinstance(value, list) else [value]:
                    if not hasattr(new, "lineno"):
                        ast.fix_missing_locations(ast.copy_location(new, node))
                line = getattr(node, "lineno", 0)
                yield Mutant(part, f"{part}.py:{line}: {what}: {ast.unparse(node)[:70]!r}", node, field, value)


def gate_of(mutant: Mutant | None = None) -> ModuleType:
    """The gate made anew, with the mutant in the place of its part and all that imports it made anew, too."""
    anew = PARTS[PARTS.index(mutant.part) :] if mutant is not None else PARTS
    names = [f"{PACKAGE}.{part}" for part in anew]
    real = {name: sys.modules[name] for name in names}
    try:
        for part, name in zip(anew, names, strict=True):
            code = mutant.compiled() if mutant is not None and mutant.part == part else _compiled(part)
            made = sys.modules[name] = ModuleType(name)  # dataclasses look it up, and the next part imports it
            exec(code, made.__dict__)
        return sys.modules[names[-1]]
    finally:
        sys.modules.update(real)


@lru_cache
def _tree(part: str) -> ast.Module:
    return ast.parse((ROOT / f"service/domain/collect/{part}.py").read_text())


def _compiled_tree(part: str) -> CodeType:
    return compile(_tree(part), f"{PACKAGE}.{part}", "exec")


@lru_cache
def _compiled(part: str) -> CodeType:
    return _compiled_tree(part)


def _changes(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            for other in INSTEAD[type(operator)]:
                yield f"{type(operator).__name__} → {other.__name__}", "ops", _with(node.ops, place, other())
    elif isinstance(node, ast.BoolOp):
        is_and = isinstance(node.op, ast.And)
        yield "and ⇄ or", "op", ast.Or() if is_and else ast.And()
        for place in range(len(node.values)):
            yield f"without operand {place + 1}", "values", _with(node.values, place, ast.Constant(is_and))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "without not", "operand", ast.UnaryOp(ast.Not(), node.operand)
    elif isinstance(node, ast.If):
        yield "if True", "test", ast.Constant(True)
        yield "if False", "test", ast.Constant(False)
    elif isinstance(node, ast.comprehension):
        for place in range(len(node.ifs)):
            yield f"without condition {place + 1}", "ifs", _without(node.ifs, place)
        if ast.unparse(node.iter) == "Stop":
            for stop in Stop:
                spared = ast.parse(f"reason is not Stop.{stop.name}", mode="eval").body
                yield f"without {stop}", "ifs", [*node.ifs, spared]
    elif isinstance(node, ast.FunctionDef):
        yield "returns None at once", "body", [ast.Return(ast.Constant(None)), *node.body]
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub | ast.Add):
        yield "+ ⇄ -", "op", ast.Add() if isinstance(node.op, ast.Sub) else ast.Sub()
    elif isinstance(node, ast.Set):
        for place, element in enumerate(node.elts):
            yield f"without {ast.unparse(element)}", "elts", _without(node.elts, place)
    elif isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Tuple):
        for place, element in enumerate(node.value.elts):
            rest = ast.Tuple(_without(node.value.elts, place), ast.Load())
            yield f"without {ast.unparse(element)}", "value", rest


def _with(values: Sequence[Any], place: int, value: Any) -> list[Any]:
    return [*values[:place], value, *values[place + 1 :]]


def _without(values: Sequence[Any], place: int) -> list[Any]:
    return [*values[:place], *values[place + 1 :]]
