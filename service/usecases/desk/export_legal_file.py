"""Writes a debtor's legal file: all that was done, said and blocked, and why; and keeps who took it, when and why."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol
from uuid import uuid4

from service.db import legal_file as store
from service.db.engine import Database
from service.db.loan import borrower_of
from service.domain.desk.legal_file import FORMAT, HEADER, MANIFEST, Chain, FileForm, Line
from service.domain.desk.legal_file_forms import seal, top, written
from service.domain.errors import NotFound, Refused
from service.usecases.ports import Clock


class Writable(Protocol):
    def write(self, data: bytes, /) -> Any: ...


Printer = Callable[[Iterator[Line], Writable], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """Whose file, in which form, and who wants it, through what and why."""

    borrower_id: str
    form: FileForm
    by: str
    reason: str
    via: str  # api | console | cli


@dataclass(frozen=True, slots=True)
class Exported:
    """How the file can be known again: its lines, the manifest not counted, and the hash it ends with."""

    export_id: str
    lines: int
    last_hash: str


class _Hashing:
    """Writes through, and knows the hash of what was written."""

    def __init__(self, out: BinaryIO) -> None:
        self._out, self.digest = out, hashlib.sha256()

    def write(self, data: bytes, /) -> None:
        self.digest.update(data)
        self._out.write(data)


def export_legal_file(
    database: Database, wish: Wish, *, out: BinaryIO, clock: Clock, key: str, print_pdf: Printer
) -> Exported:
    """Everything as of one moment, into `out`. The row about it is there before a line is read, so that an export that
    breaks off is known, too. `key` signs; an empty one leaves the file unsigned.

    Raises Refused (reason_required), NotFound (borrower_unknown).
    """
    export_id, chain = uuid4().hex, Chain()
    if not wish.reason.strip():
        raise Refused("请写明导出的原因。", code="reason_required")
    with database.transaction() as conn:
        if borrower_of(conn, wish.borrower_id) is None:
            raise NotFound("没有找到这位客户的账户，请核对客户编号。", code="borrower_unknown")
        order = {"borrower_id": wish.borrower_id, "form": wish.form, "by": wish.by, "via": wish.via}
        store.begin(conn, export_id=export_id, reason=wish.reason.strip(), now=clock.now(), **order)
    titles = {one.table.name: one.title for one in store.SECTIONS} | {HEADER: "导出说明", MANIFEST: "清单"}
    header = {
        "format": FORMAT,
        "export_id": export_id,
        "borrower_id": wish.borrower_id,
        "exported_by": wish.by,
        "reason": wish.reason.strip(),
        "exported_at": clock.now(),
        "sections": titles,
    }
    with database.reading() as conn:
        lines = _lines(chain, header, store.rows(conn, wish.borrower_id), key)
        _write(lines, chain, wish.form, out, key=key, print_pdf=print_pdf, titles=titles)
    made = Exported(export_id, chain.no - 1, chain.last_hash)
    with database.transaction() as conn:
        store.finish(conn, export_id=export_id, lines=made.lines, last_hash=made.last_hash, now=clock.now())
    return made


def _lines(
    chain: Chain, header: dict[str, Any], rows: Iterator[tuple[str, dict[str, Any]]], key: str
) -> Iterator[Line]:
    yield chain.link(HEADER, header)
    for section, row in rows:
        yield chain.link(section, row)
    yield chain.link(MANIFEST, chain.manifest(key=key))


def _write(
    lines: Iterator[Line],
    chain: Chain,
    form: FileForm,
    out: BinaryIO,
    *,
    key: str,
    print_pdf: Printer,
    titles: dict[str, str],
) -> None:
    if form is FileForm.PDF:
        hashing = _Hashing(out)
        print_pdf(lines, hashing)
        printed = hashing.digest.hexdigest()
        out.write(seal(pdf_sha256=printed, lines=chain.no - 1, last_hash=chain.last_hash, key=key))
        return
    out.write(top(form))
    for line in lines:
        out.write(written(line, form=form, titles=titles))
