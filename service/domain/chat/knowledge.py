"""What is answered alike to everybody: clauses of the knowledge base, each with its source and the days it holds.

The tables are knowledge.toml (what holds for all clauses) and knowledge/<subject>.toml. A number that another table
decides is written there as {name} and filled in by `figures` when the clause is told, so that it cannot drift.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from string import Formatter
from typing import Any

from service.domain.chat.knowledge_index import Index, Nearness
from service.domain.collect.outreach import Surface
from service.domain.collect.wording import Wording, lint, wording_of
from service.domain.rows import ORIGIN, Mark, Origin, PolicyError, Row, rows_in, version_of

NAME = "knowledge"
OWN_RULES = "产品规则"  # how the source of the lender's own clauses begins
LONGEST_ANSWER = 160
LONGEST_SOURCE = 40
LONGEST_TEXT = 200  # of a question; what comes after is not looked at
FEWEST_ASKS, MOST_ASKS = 3, 12
ALL_OF_IT = 1000

Figures = Callable[[date], Mapping[str, str]]
Button = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Clause:
    """One answer. `asks`: ways of asking for it. `only_asks`: whoever asks this wants to know and nothing done, also
    where the intent would stop reminders or call a person. `figures`: the numbers that the answer names."""

    origin: Origin
    subject: str
    version: str
    intents: tuple[str, ...]
    title: str
    asks: tuple[str, ...]
    answer: str
    buttons: tuple[Button, ...]
    only_asks: bool

    figures: frozenset[str]

    @property
    def id(self) -> str:
        return self.origin.id


@dataclass(frozen=True, slots=True)
class Told:
    """A clause as the borrower reads it. `strong`: the question is so near that it needs no other hint; `on_topic`: it
    is of what was just spoken of."""

    id: str
    title: str
    answer: str
    source: str
    version: str
    buttons: tuple[Button, ...]
    only_asks: bool
    strong: bool
    on_topic: bool


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Every clause, and what finds them. `near` and `strong` are in thousandths."""

    version: str
    institution: str
    near: int
    strong: int
    clauses: tuple[Clause, ...]
    index: Index
    figures: Figures

    def find(self, text: str, *, intents: Iterable[str] = (), topic: str = "", day: date) -> Told | None:
        """The clause in force on `day` that is nearest to the question, None where nothing is near enough.

        Within `intents`, and `topic` (the intent that was answered before, for a question that leans on it), near is
        enough; a clause of another intent, or any where none is named, must be strong, and stronger where there is a
        topic: 要多久 is asked of everything. A clause whose number no row in force says is not told.
        """
        wanted = frozenset(intents)
        strong = (self.strong + ALL_OF_IT) // 2 if topic else self.strong
        nearness, figures = self.index.nearness(text[:LONGEST_TEXT]), self.figures(day)
        fitting = [
            (
                self._weighed(
                    nearness[clause.id],
                    asked_for=bool(wanted.intersection(clause.intents)),
                    on_topic=topic in clause.intents,
                    strong=strong,
                ),
                clause,
            )
            for clause in self.clauses
            if clause.origin.holds_on(day) and clause.figures <= figures.keys()
        ]
        weight, best = max(fitting, key=lambda one: one[0], default=(0, None))
        if best is None or not weight:
            return None
        return self._told(best, nearness[best.id], figures, on_topic=topic in best.intents)

    def _weighed(self, nearness: Nearness, *, asked_for: bool, on_topic: bool, strong: int) -> int:
        """What the nearness is worth; 0 where it is not enough. Of two alike, that of the intent: what was
        understood counts for something, and more where it was just spoken of. One that a single way of asking is near
        to goes before one that only has all of the words somewhere: 我要销户 is no call about 注销我的账户."""
        if asked_for or on_topic:
            worth = nearness.all_in if nearness.all_in >= self.near else 0
            if nearness.closest >= strong and (on_topic or strong == self.strong):
                worth = worth * 3 // 2
            return worth * 5 // 4 if asked_for and on_topic else worth
        return nearness.all_in * 4 // 5 if nearness.closest >= strong else 0

    def _told(self, clause: Clause, nearness: Nearness, figures: Mapping[str, str], *, on_topic: bool) -> Told:
        return Told(
            id=clause.id,
            title=clause.title,
            answer=clause.answer.format_map(figures),
            source=source_of(clause.origin, institution=self.institution),
            version=clause.version,
            buttons=clause.buttons,
            only_asks=clause.only_asks,
            strong=nearness.closest >= self.strong,
            on_topic=on_topic,
        )


def source_of(origin: Origin, *, institution: str) -> str:
    """What the borrower is told that an answer rests on: the clause, or the lender's own rules."""
    return f"{institution}{OWN_RULES}" if origin.mark is Mark.POLICY else origin.source


def parse_knowledge(
    head: Mapping[str, Any],
    subjects: Mapping[str, Mapping[str, Any]],
    *,
    institution: str,
    figures: Figures,
    wording: tuple[Wording, ...],
    today: date,
) -> Knowledge:
    """Make the knowledge base of its tables. Raises PolicyError naming file, clause and column: an id that comes
    twice, an unknown button or figure, a text that is empty or too long, promises what nobody can hold, or breaks a
    rule of `wording`."""
    top = Row(f"{NAME}.toml", head)
    top.only("version", "near", "strong", "button", "promise")
    buttons = {row.text("id"): _button(row) for row in rows_in(head, "button", name=NAME)}
    promises = tuple(wording_of(row) for row in rows_in(head, "promise", name=NAME))
    clauses: dict[str, Clause] = {}
    for row, clause in _clauses(subjects, buttons):
        if clause.id in clauses:
            raise row.wrong("id", f"{clause.id} is taken in {NAME}/{clauses[clause.id].subject}.toml")
        _check(row, clause, figures=figures(today), rules=(*wording, *promises))
        clauses[clause.id] = clause
    near, strong = top.whole("near", at_least=1), top.whole("strong", at_least=1)
    if not near <= strong <= ALL_OF_IT:
        raise top.wrong("strong", f"must be between near ({near}) and {ALL_OF_IT}")
    kept = tuple(clauses.values())
    index = Index.of(
        {clause.id: (clause.title, *clause.asks) for clause in kept},
        answers={clause.id: clause.answer for clause in kept},
    )
    version = max((version_of(head, name=NAME), *(clause.version for clause in kept)))
    return Knowledge(version, institution, near, strong, kept, index, figures)


def _clauses(subjects: Mapping[str, Mapping[str, Any]], buttons: Mapping[str, Button]) -> Iterator[tuple[Row, Clause]]:
    if not subjects:
        raise PolicyError(f"{NAME}: there are no subjects")
    for subject, table in subjects.items():
        name = f"{NAME}/{subject}"
        Row(f"{name}.toml", table).only("version", "clause")
        version = version_of(table, name=name)
        for row in rows_in(table, "clause", name=name):
            yield row, _clause(row, subject, version, buttons)


def _clause(row: Row, subject: str, version: str, buttons: Mapping[str, Button]) -> Clause:
    row.only(*ORIGIN, "intents", "title", "asks", "answer", "buttons", "only_asks")
    named = row.texts("buttons", ())
    for one in named:
        if one not in buttons:
            raise row.wrong("buttons", f"{one} is no button of {NAME}.toml")
    return Clause(
        origin=row.origin(),
        subject=subject,
        version=version,
        intents=row.texts("intents"),
        title=row.text("title"),
        asks=row.texts("asks"),
        answer=row.text("answer"),
        buttons=tuple(buttons[one] for one in named),
        only_asks=row.flag("only_asks", default=False),
        figures=_named(row),
    )


def _named(row: Row) -> frozenset[str]:
    """The numbers that the answer names."""
    try:
        return frozenset(slot for _, slot, _, _ in Formatter().parse(row.text("answer")) if slot is not None)
    except ValueError as error:
        raise row.wrong("answer", str(error)) from None


def _button(row: Row) -> Button:
    row.only("id", "title", "payload")
    payload = row.text("payload")
    if not re.fullmatch(r"/[a-z_]+", payload):
        raise row.wrong("payload", "must be an intent such as /repay_now")
    return {"title": row.text("title"), "payload": payload}


def _check(row: Row, clause: Clause, *, figures: Mapping[str, str], rules: tuple[Wording, ...]) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", clause.id):
        raise row.wrong("id", "must be small letters, digits and _")
    if not FEWEST_ASKS <= len(set(clause.asks)) == len(clause.asks) <= MOST_ASKS:
        raise row.wrong("asks", f"must be {FEWEST_ASKS} to {MOST_ASKS} different ways of asking")
    own = clause.origin.source.startswith(OWN_RULES)
    if own != (clause.origin.mark is Mark.POLICY) or len(clause.origin.source) > LONGEST_SOURCE:
        raise row.wrong("source", f"must begin with {OWN_RULES} where the mark is P and only there, and be short")
    if unknown := clause.figures - set(figures):
        raise row.wrong("answer", f"{{{sorted(unknown)[0]}}} is no figure; known are {', '.join(sorted(figures))}")
    text = clause.answer.format_map(figures)
    if len(text) > LONGEST_ANSWER or "\n" in text:
        raise row.wrong("answer", f"has {len(text)} characters; at most {LONGEST_ANSWER}, on one line")
    for said in (text, *(button["title"] for button in clause.buttons)):
        for breach in lint(said, rules=rules, surface=Surface.VERIFIED):
            raise row.wrong("answer", f"{breach.code}: {breach.detail}")
