"""A debtor's legal file as a chain of lines: nothing in it can be changed, moved or left out without it showing.

Each line carries the SHA-256 over the line before, its own number, its section and its content; the last one, the
manifest, says how many lines each section has. A chain proves that a file is whole, not who made it: anybody can write
a new one. That is what the signature is for, and the last hash, which the database keeps beside who exported and why.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any

FORMAT = "xiaoqing-legal-file/1"
HEADER, MANIFEST = "header", "manifest"
BEFORE_THE_FIRST = "0" * 64
# Where a row says under which rules it came to be.
VERSIONS = ("policy_version", "template_version", "rules_version", "products_version")
TITLE = "客户法律档案"


class FileForm(StrEnum):
    """How the file is written: JSON lines, a table for spreadsheets, or pages to print."""

    JSON = "json"
    CSV = "csv"
    PDF = "pdf"


MEDIA_TYPES = {
    FileForm.JSON: "application/x-ndjson",
    FileForm.CSV: "text/csv; charset=utf-8",
    FileForm.PDF: "application/pdf",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file, `no` from 0; `before` is the hash of the one before, `hash` its own."""

    no: int
    section: str
    body: Mapping[str, Any]
    before: str
    hash: str

    @property
    def is_right(self) -> bool:
        return self.hash == line_hash(self.before, self.no, self.section, self.body)


def canonical(value: object) -> str:
    """The one way in which a value is written. Raises ValueError for what JSON has no number for."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def plain(value: object) -> Any:
    """A value of the database as JSON has it: instants and days as ISO 8601, rates as their decimal text."""
    match value:
        case datetime() | date() | time():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case _:
            return value


def line_hash(before: str, no: int, section: str, body: Mapping[str, Any]) -> str:
    return sha256(f"{before}\n{no}\n{section}\n{canonical(body)}")


def sha256(said: str) -> str:
    return hashlib.sha256(said.encode()).hexdigest()


def signature(body: Mapping[str, Any], *, key: str) -> str:
    """HMAC-SHA256 over everything of a manifest or seal but its signature; empty without a key."""
    signed = {name: value for name, value in body.items() if name != "signature"}
    return hmac.new(key.encode(), canonical(signed).encode(), hashlib.sha256).hexdigest() if key else ""


@dataclass(slots=True)
class Chain:
    """Links line to line, and keeps what the manifest says of them; nothing of the lines themselves."""

    first_hash: str = ""
    last_hash: str = BEFORE_THE_FIRST
    no: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    versions: dict[str, set[str]] = field(default_factory=dict)

    def link(self, section: str, row: Mapping[str, Any]) -> Line:
        """The next line."""
        body = {name: plain(value) for name, value in row.items()}
        line = Line(self.no, section, body, self.last_hash, line_hash(self.last_hash, self.no, section, body))
        self.take(line)
        return line

    def take(self, line: Line) -> None:
        """Go on from a line that is there."""
        self.first_hash, self.last_hash, self.no = self.first_hash or line.hash, line.hash, line.no + 1
        self.counts[line.section] = self.counts.get(line.section, 0) + 1
        for name in VERSIONS:
            if version := line.body.get(name):
                self.versions.setdefault(name, set()).add(str(version))

    def manifest(self, *, key: str) -> dict[str, Any]:
        """What the last line says of all before it."""
        body: dict[str, Any] = {
            "counts": dict(self.counts),
            "lines": self.no,
            "first_hash": self.first_hash,
            "last_hash": self.last_hash,
            "policy_versions": {name: sorted(found) for name, found in self.versions.items()},
        }
        return body | {"signature": signature(body, key=key)}
