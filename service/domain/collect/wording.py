"""Which words must not reach a borrower: a linter over the text as it would be read.

Patterns are rows of compliance.toml. They are matched on the text as `plain_text` makes it, without what people do to
slip past a filter. A sentence that denies or warns ("我们不会联系您的家人", "谨防冒充公安")
is not what a row forbids: where the row allows it, a denial in the same clause before the words acquits them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from service.domain.collect.outreach import Surface, Violation
from service.domain.collect.plain_text import plain_text
from service.domain.rows import ORIGIN, Origin, Row

_CLAUSE = "[^，。！？；：,.!?;:]"
_TURN = "就|则|将|便|而|但|仅|只"  # "没有还款就…" denies nothing
_DENIAL = re.compile(
    "(?:"
    "(?:(?<!会)不会|绝不|从不|并不|不收|不可能|无需|请勿|切勿|勿|谨防|警惕|防范|冒充|假冒|自称|声称|谎称|不得|禁止|不建议|无权|没权|没有权[力利]|没有资格"
    "|不要(?:向|信|转|往|把|给|再去|去借|发|加|添加|扫|为了|相信)|不用[找向]|如果有人|如有|凡是)"
    f"(?:(?!{_TURN}){_CLAUSE}){{0,12}}"
    f"|(?:不能|没有|不需|不应|不存在|不属于)(?:(?!{_TURN}){_CLAUSE}){{0,2}}"
    ")$"
)
_REACH = 24  # characters before the words in which a denial may stand


@dataclass(frozen=True, slots=True, eq=False)  # a row is itself: comparing all its patterns for a look-up is dear
class Wording:
    """One row: any of `patterns` is a violation. `open_only`: only where others may read the text.
    `denial_acquits`: saying that it will not happen is allowed. `unless_litigation_decided`: a person's recorded
    decision allows it. `needed_to_pay`: somebody who offered to pay for the debtor may be told it. `allowed`: harmless
    turns of phrase; words inside of one are no violation."""

    origin: Origin
    label: str
    patterns: tuple[re.Pattern[str], ...]
    open_only: bool
    denial_acquits: bool
    unless_litigation_decided: bool
    needed_to_pay: bool = False
    allowed: tuple[re.Pattern[str], ...] = ()


def lint(
    text: str, *, rules: Iterable[Wording], surface: Surface = Surface.VERIFIED, litigation_decided: bool = False
) -> tuple[Violation, ...]:
    """Every row that the rendered text breaks, with the words that broke it; empty where it may be sent.

    For outreach and, alike, for what an agent or a bot writes.
    """
    plain = plain_text(text)
    found = []
    for rule in rules:
        if rule.open_only and surface is not Surface.OPEN:
            continue
        if rule.unless_litigation_decided and litigation_decided:
            continue
        words = _first_breach(plain, rule)
        if words:
            found.append(Violation(f"wording_{rule.origin.id}", f"{rule.label}：“{words}”", str(rule.origin)))
    return tuple(found)


@lru_cache(maxsize=4096)  # on open surfaces a template's text is the same for everybody
def _first_breach(plain: str, rule: Wording) -> str:
    allowed = [one.span() for pattern in rule.allowed for one in pattern.finditer(plain)]
    for pattern in rule.patterns:
        for match in pattern.finditer(plain):
            start, end = match.span()
            if rule.denial_acquits and _DENIAL.search(plain[max(0, start - _REACH) : start]):
                continue
            if not any(begins <= start and end <= ends for begins, ends in allowed):
                return match.group()
    return ""


def wording_of(row: Row) -> Wording:
    """One row of forbidden words."""
    flags = ("open_only", "denial_acquits", "unless_litigation_decided", "needed_to_pay")
    row.only(*ORIGIN, "label", "patterns", "allowed", *flags)
    return Wording(
        row.origin(),
        row.text("label"),
        _patterns(row, "patterns", row.texts("patterns")),
        open_only=row.flag("open_only", default=False),
        denial_acquits=row.flag("denial_acquits", default=True),
        unless_litigation_decided=row.flag("unless_litigation_decided", default=False),
        needed_to_pay=row.flag("needed_to_pay", default=False),
        allowed=_patterns(row, "allowed", row.texts("allowed", ())),
    )


def _patterns(row: Row, column: str, texts: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    patterns = []
    for pattern in texts:
        try:
            patterns.append(re.compile(pattern))
        except re.error as error:
            raise row.wrong(column, f"{pattern[:40]}…: {error}") from None
    return tuple(patterns)
