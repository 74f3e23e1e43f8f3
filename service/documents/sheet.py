"""The sheet of paper: A4, what stands at the head and the foot of each page, and the looks of its pieces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, Spacer, Table

from service.documents.noto import BOLD, REGULAR
from service.documents.words import Words
from service.domain.loan.statement import TITLES, Head

WIDTH, HEIGHT = A4
MARGIN = 46.0
INNER = WIDTH - 2 * MARGIN
TOP, BOTTOM = 72.0, 68.0
PADDING = 6.0  # that reportlab's frame adds on each side

INK, SOFT, LINE = HexColor("#16272b"), HexColor("#54686d"), HexColor("#d3dee0")
BRAND, TINT, STRIPE = HexColor("#0b7a70"), HexColor("#eaf5f3"), HexColor("#f7fafa")
RED, GREEN = HexColor("#b42318"), HexColor("#17693f")

BODY = ParagraphStyle("body", fontName=REGULAR, fontSize=9.5, leading=16, textColor=INK, wordWrap="CJK")
TITLE = ParagraphStyle("title", BODY, fontName=BOLD, fontSize=21, leading=30, spaceAfter=8)
SECTION = ParagraphStyle("section", BODY, fontName=BOLD, fontSize=11.5, leading=18, spaceBefore=14, spaceAfter=5)
SMALL = ParagraphStyle("small", BODY, fontSize=8.5, leading=14, textColor=SOFT)
CELL = ParagraphStyle("cell", BODY, fontSize=8.5, leading=12)
FIGURE = ParagraphStyle("figure", BODY, fontName=BOLD, fontSize=17, leading=24)
SIGNED = ParagraphStyle("signed", BODY, alignment=TA_RIGHT, leading=18)


def day(one: date | None) -> str:
    return f"{one:%Y-%m-%d}" if one else "—"


def long_day(one: date) -> str:
    return f"{one.year}年{one.month}月{one.day}日"


def moment(at: datetime) -> str:
    """An instant that is on a Shanghai clock already."""
    return f"{long_day(at.date())} {at:%H:%M}（北京时间）"


def heading(head: Head, words: Words) -> list[Flowable]:
    """The title, and who is spoken to, by whom, when."""
    rows = [
        ["客户", words.plain(head.name), "文件编号", head.number],
        ["手机号", words.plain(head.phone), "出具时间", moment(head.issued_at)],
        ["出具机构", words.plain(head.institution), "金额单位", "人民币元"],
    ]
    looks = [
        ("FONT", (0, 0), (-1, -1), REGULAR, 9),
        ("TEXTCOLOR", (0, 0), (-1, -1), INK),
        ("TEXTCOLOR", (0, 0), (0, -1), SOFT),
        ("TEXTCOLOR", (2, 0), (2, -1), SOFT),
        ("LEFTPADDING", (0, 0), (0, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
    table = Table(rows, colWidths=[52, INNER / 2 - 52, 58, INNER / 2 - 58], style=looks)
    return [Paragraph(TITLES[head.kind], TITLE), table, Spacer(0, 10)]


def figures(*found: tuple[str, str, Color | None]) -> Table:
    """A band of (name, figure, colour) triples; colour None is the ink of the page."""
    names = [Paragraph(name, SMALL) for name, _, _ in found]
    looks = [ParagraphStyle("one", FIGURE, textColor=colour or INK) for _, _, colour in found]
    values = [Paragraph(value, look) for (_, value, _), look in zip(found, looks, strict=True)]
    return Table(
        [names, values],
        colWidths=[INNER / len(found)] * len(found),
        style=[
            ("FONT", (0, 0), (-1, -1), REGULAR, 9),  # else reportlab names a font that is not in the file
            ("BACKGROUND", (0, 0), (-1, -1), TINT),
            ("LEFTPADDING", (0, 0), (-1, -1), 14),
            ("TOPPADDING", (0, 0), (-1, 0), 9),
            ("BOTTOMPADDING", (0, 0), (-1, 0), 0),
            ("TOPPADDING", (0, 1), (-1, 1), 0),
            ("BOTTOMPADDING", (0, 1), (-1, 1), 11),
            ("ROUNDEDCORNERS", [6, 6, 6, 6]),
        ],
    )


def rows(
    names: Sequence[str],
    cells: Sequence[Sequence[Any]],
    *,
    widths: Sequence[float],
    left: int,
    total: Sequence[Any],
    coloured: Iterable[tuple[int, int, Color]] = (),
    caption: Sequence[Flowable] = (),
) -> Table:
    """A table whose caption and head are repeated on each page it reaches.

    `left` columns are text, the others figures at the right; `widths` are shares of the line; `total` is the last
    row and never stands alone on a page; `coloured` are (column, row, colour), rows counted from 0 below the head.
    """
    top = 1 if caption else 0
    above = [[list(caption), *[""] * (len(names) - 1)]] if caption else []
    unit = INNER / sum(widths)
    style = [*_row_looks(top, left), *(("TEXTCOLOR", (x, top + 1 + y), (x, top + 1 + y), c) for x, y, c in coloured)]
    if caption:
        style += [("SPAN", (0, 0), (-1, 0)), ("LEFTPADDING", (0, 0), (-1, 0), 0)]
    return Table(
        [*above, list(names), *(list(one) for one in cells), list(total)],
        colWidths=[unit * one for one in widths],
        repeatRows=top + 1,
        style=style,
    )


def _row_looks(top: int, left: int) -> list[tuple[Any, ...]]:
    """The looks of a table whose head is row `top`."""
    return [
        ("FONT", (0, 0), (-1, top), BOLD, 8.5),
        ("FONT", (0, top + 1), (-1, -2), REGULAR, 8.5),
        ("FONT", (0, -1), (-1, -1), BOLD, 8.5),
        ("TEXTCOLOR", (0, top), (-1, top), BRAND),
        ("TEXTCOLOR", (0, top + 1), (-1, -1), INK),
        ("ROWBACKGROUNDS", (0, top + 1), (-1, -2), [None, STRIPE]),
        ("BACKGROUND", (0, top), (-1, top), TINT),
        ("BACKGROUND", (0, -1), (-1, -1), TINT),
        ("LINEBELOW", (0, top), (-1, -1), 0.4, LINE),
        ("ALIGN", (left, top), (-1, -1), "RIGHT"),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), 5),
        ("RIGHTPADDING", (0, 0), (-1, -1), 5),
        ("TOPPADDING", (0, 0), (-1, -1), 4),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
        ("NOSPLIT", (0, -2), (-1, -1)),
    ]


class Pages(Canvas):  # type: ignore[misc]
    """A canvas that writes head and foot when all pages are there, because the foot names how many they are."""

    def __init__(self, *args: Any, head: Head, words: Words, code: str, **more: Any) -> None:
        super().__init__(*args, **more)
        # Names of its own: the canvas of reportlab has a `_code` and more.
        self.statement_head, self.statement_words, self.verification_code = head, words, code
        self.waiting_pages: list[dict[str, Any]] = []
        issued = head.issued_at.strftime("D:%Y%m%d%H%M%S+08'00'")
        self.setDateFormatter(lambda *_: issued)

    def showPage(self) -> None:  # noqa: N802  reportlab's name
        self.waiting_pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for number, page in enumerate(self.waiting_pages, 1):
            self.__dict__.update(page)
            self.draw_frame(number, len(self.waiting_pages))
            super().showPage()
        super().save()

    def draw_frame(self, number: int, count: int) -> None:
        head, top = self.statement_head, HEIGHT - 48
        self.setFillColor(BRAND)
        self.setFont(BOLD, 12)
        self.drawString(MARGIN, top, self.statement_words.plain(head.institution))
        self.setFillColor(SOFT)
        self.setFont(REGULAR, 8.5)
        self.drawRightString(WIDTH - MARGIN, top, f"{TITLES[head.kind]}　{head.number}")
        self.setStrokeColor(BRAND)
        self.setLineWidth(1.2)
        self.line(MARGIN, top - 11, WIDTH - MARGIN, top - 11)
        self.setStrokeColor(LINE)
        self.setLineWidth(0.5)
        self.line(MARGIN, 56, WIDTH - MARGIN, 56)
        self.setFont(REGULAR, 7)
        self.drawString(MARGIN, 43, f"校验码　{self.verification_code}")
        self.drawString(MARGIN, 31, "凭文件编号和校验码可向出具机构核对真伪；内容有任何改动，校验码都不再相符。")
        self.setFont(REGULAR, 8.5)
        self.drawRightString(WIDTH - MARGIN, 43, f"第 {number} 页，共 {count} 页")
