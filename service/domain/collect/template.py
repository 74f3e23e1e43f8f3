"""Approved texts with typed slots, read from templates.toml, and what they say once filled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from string import Formatter
from typing import Any

from service.domain.collect.outreach import Surface
from service.domain.collect.wording import Wording, lint
from service.domain.money import yuan
from service.domain.rows import ORIGIN, Origin, Row, rows_in, version_of

NAME = "templates"


class Tone(StrEnum):
    """How a text speaks. Which of several a debtor gets is the strategy's choice."""

    PLAIN = "plain"
    GENTLE = "gentle"
    FIRM = "firm"
    CARING = "caring"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a text may speak of; `amount_fen` is unpaid, `due_on` the due date it is about, `days` overdue."""

    amount_fen: int
    due_on: date
    days: int


@dataclass(frozen=True, slots=True)
class Template:
    origin: Origin
    edition: str
    surface: Surface
    tone: Tone
    text: str
    approved_by: str
    approved_on: date

    def approved(self, day: date) -> bool:
        return self.approved_on <= day and self.origin.holds_on(day)


@dataclass(frozen=True, slots=True)
class Templates:
    version: str
    institution: str
    assistant: str
    person: str
    buttons: Mapping[str, Mapping[str, str]]
    rows: Mapping[str, Template]

    def render(self, template: Template, facts: Facts) -> str:
        """The text as the borrower reads it."""
        return template.text.format_map(_slots(self.institution, facts))


SAMPLE = Facts(amount_fen=123_456, due_on=date(2026, 11, 20), days=3)


def parse_templates(table: Mapping[str, Any], *, wording: tuple[Wording, ...]) -> Templates:
    """Raises PolicyError naming the row: a text must name institution, assistant and the way to a person, use known
    slots only, and break no wording rule of its surface."""
    head = Row(f"{NAME}.toml", table)
    head.only("version", "institution", "assistant", "person", "button", "template")
    templates = Templates(
        version=version_of(table, name=NAME),
        institution=head.text("institution"),
        assistant=head.text("assistant"),
        person=head.text("person"),
        buttons={row.text("id"): _button(row) for row in rows_in(table, "button", name=NAME)},
        rows={},
    )
    rows = {}
    for row in rows_in(table, "template", name=NAME):
        template = _template(row)
        _check(row, template, templates, wording)
        rows[template.origin.id] = template
    return Templates(
        templates.version, templates.institution, templates.assistant, templates.person, templates.buttons, rows
    )


def _slots(institution: str, facts: Facts) -> dict[str, str]:
    due = facts.due_on
    return {
        "institution": institution,
        "amount": yuan(facts.amount_fen),
        "due_on": f"{due.month}月{due.day}日",
        "days": str(facts.days),
    }


def _button(row: Row) -> Mapping[str, str]:
    row.only("id", "title", "payload")
    payload = row.text("payload")
    if not payload.startswith("/"):
        raise row.wrong("payload", "must be an intent such as /repay_now")
    return {"title": row.text("title"), "payload": payload}


def _template(row: Row) -> Template:
    row.only(*ORIGIN, "edition", "surface", "tone", "text", "approved_by", "approved_on")
    return Template(
        row.origin(),
        row.text("edition"),
        row.one_of(Surface, "surface"),
        row.one_of(Tone, "tone"),
        row.text("text"),
        row.text("approved_by"),
        row.day("approved_on"),
    )


def _check(row: Row, template: Template, templates: Templates, wording: tuple[Wording, ...]) -> None:
    for _, slot, spec, conversion in Formatter().parse(template.text):
        if slot is not None and (slot not in _slots("", SAMPLE) or spec or conversion):
            raise row.wrong("text", f"{{{slot}}} is no slot")
    rendered = templates.render(template, SAMPLE)
    for needed in (f"【{templates.institution}】", templates.assistant, templates.person):
        if needed not in rendered:
            raise row.wrong("text", f"does not say {needed}")
    for breach in lint(rendered, rules=wording, surface=template.surface):
        raise row.wrong("text", f"{breach.code}: {breach.detail}")
