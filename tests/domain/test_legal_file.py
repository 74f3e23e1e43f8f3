"""A legal file that was changed anywhere is found out, and where it was is said."""

from __future__ import annotations

import re
from datetime import date, datetime, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from service.domain.desk.legal_file import FORMAT, HEADER, MANIFEST, Chain, FileForm
from service.domain.desk.legal_file_check import Fault, Whole, check
from service.domain.desk.legal_file_forms import seal, top, written

LINED = (FileForm.JSON, FileForm.CSV)
ROWS = (
    ("loan", {"id": "l1", "principal_fen": 600_000, "annual_rate": Decimal("0.108"), "on": date(2026, 10, 1)}),
    (
        "outreach",
        {"id": "o1", "reasons": [{"code": "outside_hours"}], "policy_version": "c-2026.11", "text": "您好，\n“"},
    ),
    ("outreach", {"id": "o2", "reasons": [], "policy_version": "c-2026.12", "text": "=1+1", "score": 0.25}),
    ("turn", {"id": 7, "text": "我下周还", "created_at": datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)}),
)
TITLES = {"loan": "借款", "outreach": "触达记录", "turn": "会话消息"}


def file(form: FileForm, *, key: str = "", rows: tuple = ROWS) -> list[bytes]:
    """The file's lines, what stands above them included."""
    chain = Chain()
    header = {"format": FORMAT, "exported_by": "苏禾", "reason": "诉讼", "sections": TITLES}
    lines = [chain.link(HEADER, header), *(chain.link(section, row) for section, row in rows)]
    lines.append(chain.link(MANIFEST, chain.manifest(key=key)))
    return [*([top(form)] if top(form) else []), *(written(line, form=form, titles=TITLES) for line in lines)]


def again(raw: bytes) -> list[bytes]:
    return raw.splitlines(keepends=True) if b"\r\n" not in raw else re.findall(rb"[^\n]*\n|[^\n]+", raw)


@pytest.mark.parametrize("form", LINED)
@pytest.mark.parametrize("key", ["", "a-secret"])
def test_a_file_as_it_was_exported_is_whole(form: FileForm, key: str) -> None:
    found = check(file(form, key=key), key=key)
    assert isinstance(found, Whole)
    assert (found.lines, found.signed, found.header["exported_by"]) == (5, bool(key), "苏禾")


@settings(max_examples=400)
@given(form=some.sampled_from(LINED), data=some.data())
def test_any_changed_byte_is_found(form: FileForm, data: some.DataObject) -> None:
    raw = b"".join(file(form))
    at = data.draw(some.integers(0, len(raw) - 1))
    other = data.draw(some.integers(0, 255).filter(lambda byte: byte != raw[at]))
    changed = raw[:at] + bytes([other]) + raw[at + 1 :]
    found = check(again(changed))
    assert isinstance(found, Fault)
    assert found.line <= raw[: at + 1].count(b"\n") + 2


@given(form=some.sampled_from(LINED), data=some.data())
def test_a_row_removed_moved_doubled_or_cut_off_is_found(form: FileForm, data: some.DataObject) -> None:
    lines = file(form)
    at = data.draw(some.integers(0, len(lines) - 1))
    to = data.draw(some.integers(0, len(lines) - 1).filter(lambda other: other != at))
    without = lines[:at] + lines[at + 1 :]
    moved = [*without[:to], lines[at], *without[to:]]
    for changed in (without, moved, [*lines[: at + 1], *lines[at:]], lines[:at], [*lines, lines[at]]):
        assert isinstance(check(changed), Fault)


@given(data=some.binary(max_size=300))
def test_anything_else_is_no_file_and_raises_nothing(data: bytes) -> None:
    assert isinstance(check(again(data)), Fault)


def test_the_first_broken_place_is_named() -> None:
    lines = file(FileForm.JSON)
    assert check([*lines[:2], *lines[3:]]) == Fault(3, "这里应是第 2 号记录：有记录被删除、插入或调换了位置")
    lines[2] = lines[2].replace(b"outside_hours", b"inside_hours")
    assert check(lines) == Fault(3, "内容与校验值不符：这一行被改动过")


def test_a_chain_made_anew_needs_the_key() -> None:
    forged = file(FileForm.JSON, rows=ROWS[:1] + ROWS[2:])
    assert isinstance(check(forged), Whole)
    assert check(forged, key="a-secret") == Fault(5, "文件没有签名，不能证明是谁导出的")
    elsewhere = file(FileForm.JSON, key="another", rows=ROWS[1:])
    assert check(elsewhere, key="a-secret") == Fault(5, "签名不对：不是用这个密钥导出的，或被改动过")


def test_the_manifest_counts_each_section_and_names_the_versions() -> None:
    said = file(FileForm.JSON)[-1].decode()
    assert '"counts":{"header":1,"loan":1,"outreach":2,"turn":1}' in said
    assert '"policy_versions":{"policy_version":["c-2026.11","c-2026.12"]}' in said


@given(some.data())
def test_any_changed_byte_of_a_sealed_pdf_is_found(data: some.DataObject) -> None:
    import hashlib

    pdf = b"%PDF-1.4\n\x00\xff pages\n%%EOF\n"
    mark = seal(pdf_sha256=hashlib.sha256(pdf).hexdigest(), lines=9, last_hash="f" * 64, key="k")
    raw = pdf + mark
    assert check(raw.splitlines(keepends=True), key="k") == Whole(9, "f" * 64, True)
    at = data.draw(some.integers(0, len(raw) - 1))
    other = data.draw(some.integers(0, 255).filter(lambda byte: byte != raw[at]))
    changed = raw[:at] + bytes([other]) + raw[at + 1 :]
    assert isinstance(check(again(changed), key="k"), Fault)
    assert isinstance(check(again(pdf), key="k"), Fault)
