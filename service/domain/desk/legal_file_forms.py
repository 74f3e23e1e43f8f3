"""How a legal file is written down, line by line: as JSON lines, as a table, and the seal at the end of a PDF.

Each form has one way to write a line, so that a line read and written again is the same bytes, or was changed.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from service.domain.desk.legal_file import FileForm, Line, canonical, sha256, signature

BYTE_ORDER_MARK = "\ufeff"  # without it spreadsheets read Chinese as something else
COLUMNS = ("序号", "分类", "分类代码", "内容", "前一行校验值", "本行校验值")
SEAL = b"%xiaoqing-legal-file "  # a comment after the end of a PDF, which readers pass over


def top(form: FileForm) -> bytes:
    """What stands above the first line."""
    return (BYTE_ORDER_MARK + _row(COLUMNS)).encode() if form is FileForm.CSV else b""


def written(line: Line, *, form: FileForm, titles: Mapping[str, str]) -> bytes:
    """A line as bytes, its end included."""
    if form is FileForm.CSV:
        title = titles.get(line.section, line.section)
        return _row((line.no, title, line.section, canonical(line.body), line.before, line.hash)).encode()
    parts = {"no": line.no, "section": line.section, "body": line.body, "before": line.before, "hash": line.hash}
    return (canonical(parts) + "\n").encode()


def read(raw: bytes, *, form: FileForm) -> Line | None:
    """The line that bytes are, None where they are none."""
    try:
        return _read(raw.decode(), form)
    except (ValueError, KeyError, TypeError, csv.Error, RecursionError):
        return None


def _read(said: str, form: FileForm) -> Line | None:
    if form is FileForm.CSV:
        (cells,) = csv.reader([said], strict=True)
        no, _, section, body, before, own = cells
        found = Line(int(no), section, json.loads(body), before, own)
    else:
        parts = json.loads(said)
        found = Line(parts["no"], parts["section"], parts["body"], parts["before"], parts["hash"])
    return found if isinstance(found.body, dict) and isinstance(found.section, str) else None


def _row(cells: tuple[object, ...]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue()


def seal(*, pdf_sha256: str, lines: int, last_hash: str, key: str) -> bytes:
    """The line after a PDF: the hash of its bytes and of the lines that were printed, both signed."""
    body: dict[str, Any] = {"last_hash": last_hash, "lines": lines, "pdf_sha256": pdf_sha256}
    body["signature"] = signature(body, key=key)
    return SEAL + canonical({"body": body, "hash": sha256(canonical(body))}).encode() + b"\n"


def sealed(raw: bytes) -> dict[str, Any] | None:
    """What the seal says; None where the line is not one, or was changed."""
    try:
        body: dict[str, Any] = json.loads(raw.removeprefix(SEAL))["body"]
        again = SEAL + canonical({"body": body, "hash": sha256(canonical(body))}).encode() + b"\n"
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return body if raw == again and {"last_hash", "lines", "pdf_sha256", "signature"} == set(body) else None
