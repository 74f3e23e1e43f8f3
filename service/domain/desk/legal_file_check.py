"""Whether a legal file is as it was exported, and if not, where it first differs."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain as joined
from typing import Any

from service.domain.desk.legal_file import FORMAT, HEADER, MANIFEST, Chain, FileForm, Line, signature
from service.domain.desk.legal_file_forms import BYTE_ORDER_MARK, read, sealed, top, written


@dataclass(frozen=True, slots=True)
class Fault:
    """The first place, by its line in the file from 1 (0: the file as a whole), and what is wrong there, in Chinese."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Whole:
    """The file is whole. `signed`: by this key; `last_hash` is what the database kept when it was exported."""

    lines: int
    last_hash: str
    signed: bool
    header: Mapping[str, Any] = field(default_factory=dict)  # empty for a PDF


CHANGED = "这一行被改动过，或不是导出时的写法"
CUT = "文件不完整：末尾的清单不见了"


def check(lines: Iterable[bytes], *, key: str = "") -> Whole | Fault:
    """Read a file's lines, each with its end, once and one at a time. With a `key` the signature must be right."""
    given = iter(lines)
    first = next(given, b"")
    if first.startswith(b"%PDF"):
        return _pdf(joined([first], given), key)
    if first.startswith(BYTE_ORDER_MARK.encode()):
        return _lines(given, FileForm.CSV, key, 1) if first == top(FileForm.CSV) else Fault(1, CHANGED)
    return _lines(joined([first], given), FileForm.JSON, key, 0)


def _lines(raws: Iterator[bytes], form: FileForm, key: str, above: int) -> Whole | Fault:
    chain, header = Chain(), {}
    titles: dict[str, str] = {}
    for at, raw in enumerate(raws, start=above + 1):
        line = read(raw, form=form)
        if line is None:
            return Fault(at, CHANGED)
        if chain.no == 0:
            if line.section != HEADER or line.body.get("format") != FORMAT:
                return Fault(at, "文件开头不是客户法律档案的说明")
            header, titles = dict(line.body), _titles(line)
        if wrong := _wrong(line, raw, chain, form, titles):
            return Fault(at, wrong)
        if line.section == MANIFEST:
            return _end(line, chain, raws, at, key, header)
        chain.take(line)
    return Fault(chain.no + above, CUT)


def _titles(header: Line) -> dict[str, str]:
    found = header.body.get("sections")
    return found if isinstance(found, dict) else {}


def _wrong(line: Line, raw: bytes, chain: Chain, form: FileForm, titles: Mapping[str, str]) -> str:
    """What is wrong with a line that comes after `chain`; empty where nothing is."""
    try:
        same = written(line, form=form, titles=titles) == raw
    except (ValueError, TypeError):
        same = False
    if not same:
        return CHANGED
    if line.no != chain.no or line.before != chain.last_hash:
        return f"这里应是第 {chain.no} 号记录：有记录被删除、插入或调换了位置"
    return "" if line.is_right else "内容与校验值不符：这一行被改动过"


def _end(
    line: Line, chain: Chain, rest: Iterator[bytes], at: int, key: str, header: Mapping[str, Any]
) -> Whole | Fault:
    found = dict(line.body)
    told = found.pop("signature", "")
    if found | {"signature": ""} != chain.manifest(key=""):
        return Fault(at, "清单与文件内容不符")
    if next(rest, None) is not None:
        return Fault(at + 1, "清单之后还有内容")
    if wrong := _signature(told, found, key):
        return Fault(at, wrong)
    return Whole(line.no, line.hash, bool(key), header)


def _signature(told: object, body: Mapping[str, Any], key: str) -> str:
    if not key:
        return ""
    if not told:
        return "文件没有签名，不能证明是谁导出的"
    right = hmac.compare_digest(str(told).encode(), signature(body, key=key).encode())
    return "" if right else "签名不对：不是用这个密钥导出的，或被改动过"


def _pdf(lines: Iterator[bytes], key: str) -> Whole | Fault:
    digest, last = hashlib.sha256(), b""
    for raw in lines:
        digest.update(last)
        last = raw
    body = sealed(last)
    if body is None:
        return Fault(0, "PDF 末尾的封签不见了或被改动过")
    if body["pdf_sha256"] != digest.hexdigest():
        return Fault(0, "PDF 的内容与封签不符：文件被改动过")
    if wrong := _signature(body["signature"], body, key):
        return Fault(0, wrong)
    return Whole(body["lines"], body["last_hash"], bool(key))
