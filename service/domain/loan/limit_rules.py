"""What the business decided about credit limits: the dated table of rules and reasons, read and checked row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from service.domain.loan.credit_line import EventKind, Reason

Choice = TypeVar("Choice", bound=StrEnum)
MARKS = ("L", "S", "V", "M", "P")
# What a rule may look at: fields of `limit_decision.Facts`.
FACTS = frozenset({
    "limit_fen", "asked_fen", "asked_percent", "total_after_fen", "used_fen", "utilisation_percent", "line_status",
    "freezes", "days_past_due", "worst_days_past_due_12m", "on_time_payments_12m", "late_payments_12m",
    "months_on_book", "stops", "income_documented", "income_monthly_fen", "days_since_last_application", "model_score",
})  # fmt: skip


class LimitRulesError(ValueError):
    """A table that cannot be used; the message names the row and the column."""


class Test(StrEnum):
    AT_MOST = "at_most"
    AT_LEAST = "at_least"
    EQUALS = "equals"
    NONE_OF = "none_of"


class Effect(StrEnum):
    """What a rule does where its test fails: refuse, refer to a person, or not add its points."""

    REFUSE = "refuse"
    REFER = "refer"
    POINTS = "points"


class Outcome(StrEnum):
    APPROVED = "approved"
    REFUSED = "refused"
    REFERRED = "referred"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row; `weight` is 0 unless the effect is points. Texts may hold {value} and {limit}."""

    id: str
    stage: str
    fact: str
    test: Test
    value: int | bool | frozenset[str]
    effect: Effect
    weight: int
    absolute: bool
    optional: bool
    reason: str
    merit: str
    advice: str
    mark: str
    source: str
    in_force: date
    until: date | None

    def holds_on(self, day: date) -> bool:
        return self.in_force <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class ChangeReason:
    """Why a line may change: for which kinds of event, and what a borrower can do about it."""

    reason: Reason
    kinds: frozenset[EventKind]
    next_step: str


@dataclass(frozen=True, slots=True)
class PersonReason:
    code: str
    outcome: Outcome
    text: str
    advice: str


@dataclass(frozen=True, slots=True)
class LimitRules:
    """The whole table. Money in fen, spans in days, shares in whole per cent."""

    version: str
    cap_fen: int
    step_fen: int
    automatic_share_percent: int
    temporary_share_percent: int
    temporary_max_days: int
    temporary_ahead_days: int
    explained_days: int
    cooling_days: int
    review_days: int
    answer_within_days: int
    income_valid_days: int
    approve_from_points: int
    rules: tuple[Rule, ...]
    reasons: Mapping[str, ChangeReason]
    person_reasons: Mapping[str, PersonReason]

    def rules_on(self, day: date) -> tuple[Rule, ...]:
        return tuple(one for one in self.rules if one.holds_on(day))

    def reason_for(self, kind: EventKind, code: str) -> Reason | None:
        """The reason of that code, None where there is none or it is for other changes."""
        found = self.reasons.get(code)
        return found.reason if found is not None and kind in found.kinds else None

    def given_by_people(self, kind: EventKind) -> tuple[Reason, ...]:
        """What a person may give as the reason of such a change, in the table's order: not what a rule or another
        decision says of itself."""
        offered = (one for code, one in self.reasons.items() if code not in _BY_ITSELF)
        return tuple(one.reason for one in offered if kind in one.kinds)

    def by_rule(self, rule_id: str) -> str:
        """Who did it, where a rule did."""
        return f"rule:{rule_id}@{self.version}"

    def suggestion(self, *, base_fen: int, others_fen: int) -> int:
        """The highest base that the rules may grant alone beside other lines of `others_fen`; may be the base."""
        most = min(base_fen * self.automatic_share_percent // 100, self.cap_fen - others_fen)
        return max(base_fen, most // self.step_fen * self.step_fen)


# The reasons that the service itself gives, and for which change.
_BY_ITSELF = {
    "opened": EventKind.OPENED,
    "application_approved": EventKind.RAISED,
    "temporary_over": EventKind.TEMPORARY_ENDED,
}
_LIMITS = ("cap_fen", "step_fen", "automatic_share_percent", "temporary_share_percent", "temporary_max_days",
           "temporary_ahead_days", "explained_days")  # fmt: skip
_APPLICATION = ("cooling_days", "review_days", "answer_within_days", "income_valid_days", "approve_from_points")


def parse_limit_rules(table: Mapping[str, Any]) -> LimitRules:
    """Make the rules of a TOML table. Raises LimitRulesError naming row and column."""
    top = _Row("limit_rules", table)
    top.only("version", "limits", "application", "reason", "rule", "person_reason")
    numbers = _numbers(table, "limits", _LIMITS) | _numbers(table, "application", _APPLICATION)
    reasons = {row.text("code"): _reason(row) for row in _rows(table, "reason", key="code")}
    person = {row.text("code"): _person(row) for row in _rows(table, "person_reason", key="code")}
    for code, kind in _BY_ITSELF.items():
        if code not in reasons or kind not in reasons[code].kinds:
            raise LimitRulesError(f"reason: {code}: the service needs it, for {kind}")
    return LimitRules(
        version=top.text("version"),
        rules=tuple(_rule(row) for row in _rows(table, "rule", key="id")),
        reasons=reasons,
        person_reasons=person,
        **numbers,
    )


def _numbers(table: Mapping[str, Any], section: str, names: tuple[str, ...]) -> dict[str, int]:
    row = _Row(section, table.get(section, {}))
    row.only(*names)
    return {name: row.whole(name) for name in names}


def _reason(row: _Row) -> ChangeReason:
    row.only("code", "kinds", "text", "next_step")
    kinds = frozenset(row.choice(EventKind, "kinds", one) for one in row.texts("kinds"))
    return ChangeReason(Reason(row.text("code"), row.text("text")), kinds, row.text("next_step", ""))


def _person(row: _Row) -> PersonReason:
    row.only("code", "outcome", "text", "advice")
    outcome = row.choice(Outcome, "outcome", row.text("outcome"))
    return PersonReason(row.text("code"), outcome, row.text("text"), row.text("advice", ""))


def _rule(row: _Row) -> Rule:
    row.only("id", "stage", "fact", "test", "value", "values", "effect", "weight", "absolute", "optional", "reason",
             "merit", "advice", "mark", "source", "in_force", "until")  # fmt: skip
    if ("weight" in row.values) == ("effect" in row.values):
        raise row.wrong("weight", "a rule has an effect (refuse, refer) or a weight, and not both")
    effect = Effect.POINTS if "weight" in row.values else row.choice(Effect, "effect", row.text("effect"))
    test = row.choice(Test, "test", row.text("test"))
    if row.text("fact") == "model_score" and effect is not Effect.REFER:
        raise row.wrong("effect", "a model's score can refer to a person and decides nothing else")
    if row.text("fact") not in FACTS:
        raise row.wrong("fact", "nobody gathers it")
    if row.text("mark") not in MARKS:
        raise row.wrong("mark", f"is none of {', '.join(MARKS)}")
    _check_texts(row)
    return Rule(
        id=row.text("id"),
        stage=row.text("stage"),
        fact=row.text("fact"),
        test=test,
        value=_value(row, test),
        effect=effect,
        weight=row.whole("weight") if effect is Effect.POINTS else 0,
        absolute=row.flag("absolute"),
        optional=row.flag("optional"),
        reason=row.text("reason"),
        merit=row.text("merit", ""),
        advice=row.text("advice", ""),
        mark=row.text("mark"),
        source=row.text("source"),
        in_force=row.day("in_force"),
        until=row.day("until") if "until" in row.values else None,
    )


def _check_texts(row: _Row) -> None:
    for column in ("reason", "merit", "advice"):
        try:
            row.text(column, "").format(value="", limit="")
        except (LookupError, ValueError):
            raise row.wrong(column, "has braces that are neither {value} nor {limit}") from None


def _value(row: _Row, test: Test) -> int | bool | frozenset[str]:
    if test is Test.NONE_OF:
        return frozenset(row.texts("values"))
    if test is Test.EQUALS:
        return row.flag("value")
    return row.whole("value", at_least=0)


def _rows(table: Mapping[str, Any], kind: str, *, key: str) -> Iterator[_Row]:
    rows = table.get(kind)
    if not isinstance(rows, list) or not rows:
        raise LimitRulesError(f"{kind}: the table has no rows of this kind")
    seen: set[str] = set()
    for number, values in enumerate(rows, start=1):
        row = _Row(f"{kind} {number} ({values.get(key, f'no {key}')})", values)
        if row.text(key) in seen:
            raise row.wrong(key, "is taken by an earlier row")
        seen.add(row.text(key))
        yield row


@dataclass(frozen=True, slots=True)
class _Row:
    """One row while it is read: each reader names the row and the column in its complaint."""

    where: str
    values: Mapping[str, Any]

    def wrong(self, column: str, why: str) -> LimitRulesError:
        return LimitRulesError(f"{self.where}: {column}: {why}")

    def only(self, *columns: str) -> None:
        for column in self.values:
            if column not in columns:
                raise self.wrong(column, "there is no such column")

    def text(self, column: str, default: str | None = None) -> str:
        value = self.values.get(column, default)
        if not isinstance(value, str) or (not value.strip() and default is None):
            raise self.wrong(column, "must be text")
        return value

    def texts(self, column: str) -> tuple[str, ...]:
        value = self.values.get(column)
        if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
            raise self.wrong(column, "must be a list of texts, and not empty")
        return tuple(value)

    def whole(self, column: str, *, at_least: int = 1) -> int:
        value = self.values.get(column)
        if type(value) is not int or value < at_least:
            raise self.wrong(column, f"must be a whole number from {at_least} on")
        return value

    def flag(self, column: str) -> bool:
        value = self.values.get(column, False)
        if not isinstance(value, bool):
            raise self.wrong(column, "must be true or false")
        return value

    def day(self, column: str) -> date:
        value = self.values.get(column)
        if type(value) is not date:
            raise self.wrong(column, "must be a date without quotes, such as 2026-11-01")
        return value

    def choice(self, kind: type[Choice], column: str, value: str) -> Choice:
        try:
            return kind(value)
        except ValueError:
            raise self.wrong(column, f"{value} is none of {', '.join(kind)}") from None
