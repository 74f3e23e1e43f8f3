"""A debtor's legal file as pages to print: each line of it with its number, its section and its hash."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from io import BytesIO
from typing import Any, Protocol

from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer

from service.documents.legal_file_labels import LABELS
from service.documents.noto import REGULAR, register
from service.documents.render import ONE_AT_A_TIME
from service.documents.sheet import A4, BODY, LINE, MARGIN, PADDING, SECTION, SOFT, TITLE, WIDTH
from service.documents.words import Words
from service.domain.days import local_time
from service.domain.desk.legal_file import HEADER, Line
from service.domain.desk.legal_file import TITLE as NAME
from service.domain.money import yuan

ROW = ParagraphStyle("row", BODY, fontSize=8, leading=12, spaceAfter=1)
PROOF = ParagraphStyle("proof", BODY, fontSize=6, leading=8, textColor=SOFT, spaceAfter=6)
LONGEST_PARAGRAPH = 4_000  # characters: a longer one is several


class Writable(Protocol):
    def write(self, data: bytes, /) -> Any: ...


def print_legal_file(lines: Iterator[Line], out: Writable) -> None:
    """PDF 1.4 with its fonts inside; lines are drawn as they come, and of each page only its drawing is kept."""
    with ONE_AT_A_TIME:
        register()
        head = next(lines)
        words, drawn = Words(), BytesIO()
        sheet = SimpleDocTemplate(
            drawn,
            pagesize=A4,
            leftMargin=MARGIN - PADDING,
            rightMargin=MARGIN - PADDING,
            topMargin=56,
            bottomMargin=56,
            title=f"{NAME} {head.body['export_id']}",
            author=words.plain(head.body["exported_by"]),
            lang="zh-CN",
            initialFontName=REGULAR,  # else each page names Helvetica, which is not in the file
            invariant=1,
        )
        foot = words.plain(f"{NAME}　{head.body['borrower_id']}　导出编号 {head.body['export_id']}")

        def frame(canvas: Canvas, _: Any) -> None:
            canvas.setFillColor(SOFT)
            canvas.setStrokeColor(LINE)
            canvas.setFont(REGULAR, 7)
            canvas.line(MARGIN, 46, WIDTH - MARGIN, 46)
            canvas.drawString(MARGIN, 34, foot)
            canvas.drawRightString(WIDTH - MARGIN, 34, f"第 {canvas.getPageNumber()} 页")

        sheet.build(_Coming(_story(head, lines, words)), onFirstPage=frame, onLaterPages=frame)
        out.write(drawn.getvalue())


class _Coming(list[Flowable]):
    """The list that reportlab wants, of pieces that are made when their turn comes. It takes them from the front by
    `del`, and puts back what did not fit."""

    def __init__(self, story: Iterator[Flowable]) -> None:
        super().__init__()
        self._story = story
        self._fill()

    def _fill(self) -> None:
        while len(self) < 8 and (piece := next(self._story, None)) is not None:
            self.append(piece)

    def __delitem__(self, at: Any) -> None:
        super().__delitem__(at)
        self._fill()


def _story(head: Line, lines: Iterator[Line], words: Words) -> Iterator[Flowable]:
    titles: Mapping[str, str] = head.body["sections"]
    yield Paragraph(NAME, TITLE)
    told = {name: value for name, value in head.body.items() if name != "sections"}
    yield from _texts(told, words, ROW)
    yield Paragraph(
        "每条记录下方是它的校验值，由上一条的校验值和本条内容算出；文件末尾有清单和封签。"
        "用 xiaoqing legal-file --verify 可核对整个文件是否被改动。",
        ROW,
    )
    yield Paragraph(f"0　{head.hash}", PROOF)
    section = HEADER
    for line in lines:
        if line.section != section:
            section = line.section
            yield Paragraph(words.marked_up(titles.get(section, section)), SECTION)
        yield from _texts(line.body, words, ROW)
        yield Paragraph(f"{line.no}　{line.hash}", PROOF)
    if note := words.note():
        yield Spacer(0, 8)
        yield Paragraph(note, ROW)


def _texts(body: Mapping[str, Any], words: Words, style: ParagraphStyle) -> Iterator[Flowable]:
    said = "；".join(f"{LABELS.get(name, name)}：{_shown(name, value)}" for name, value in body.items() if value != "")
    for at in range(0, len(said), LONGEST_PARAGRAPH):
        yield Paragraph(words.marked_up(said[at : at + LONGEST_PARAGRAPH]), style)


def _shown(name: str, value: Any) -> str:
    """As people read it: money in yuan, instants on a Shanghai clock."""
    if value is None:
        return "无"
    if isinstance(value, bool):
        return "是" if value else "否"
    if name.endswith("_fen") and isinstance(value, int):
        return f"{yuan(value)} 元"
    if isinstance(value, str) and name.endswith(("_at", "_until", "not_before")) and "T" in value:
        return f"{local_time(datetime.fromisoformat(value)):%Y-%m-%d %H:%M:%S}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
