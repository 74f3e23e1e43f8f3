"""Turns what a statement says into a PDF: the same statement and code give the same bytes."""

from __future__ import annotations

from functools import partial
from io import BytesIO
from threading import Lock
from typing import assert_never

from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer

from service.documents.bill import bill
from service.documents.noto import REGULAR, register
from service.documents.schedule import schedule
from service.documents.settlement import settlement
from service.documents.sheet import A4, BOTTOM, MARGIN, PADDING, SMALL, TOP, Pages
from service.documents.words import Words
from service.domain.loan.statement import TITLES, BillStatement, ScheduleStatement, SettlementCertificate, Statement

# Drawing is computing alone, so threads gain nothing, and the kept glyphs are for one of them at a time.
ONE_AT_A_TIME = Lock()


def render(statement: Statement, *, code: str) -> bytes:
    """The document as PDF 1.4 with its fonts inside; `code` is the verification code that each page carries."""
    with ONE_AT_A_TIME:
        register()
        head, words, written = statement.head, Words(), BytesIO()
        story = _story(statement, words)
        # The head and the foot of a page are drawn after the story, so the one text of theirs is asked now.
        words.plain(head.institution)
        if note := words.note():
            story += [Spacer(0, 10), Paragraph(note, SMALL)]
        sheet = SimpleDocTemplate(
            written,
            pagesize=A4,
            leftMargin=MARGIN - PADDING,
            rightMargin=MARGIN - PADDING,
            topMargin=TOP,
            bottomMargin=BOTTOM,
            title=f"{TITLES[head.kind]} {head.number}",
            author=head.institution,
            creator=head.institution,
            subject=TITLES[head.kind],
            lang="zh-CN",
            initialFontName=REGULAR,  # else each page names Helvetica, which is not in the file
            invariant=1,  # no clock and no chance in the file; the date in it is set by the canvas
        )
        sheet.build(story, canvasmaker=partial(Pages, head=head, words=words, code=code))
        return written.getvalue()


def _story(statement: Statement, words: Words) -> list[Flowable]:
    match statement:
        case BillStatement():
            return bill(statement, words)
        case ScheduleStatement():
            return schedule(statement, words)
        case SettlementCertificate():
            return settlement(statement, words)
        case _:
            assert_never(statement)
