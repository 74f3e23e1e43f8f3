"""The certificate that loans are paid off, as it is printed."""

from __future__ import annotations

from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, KeepTogether, Paragraph, Spacer

from service.documents.sheet import BODY, CELL, SECTION, SIGNED, day, heading, long_day, rows
from service.documents.words import Words
from service.domain.loan.statement import SettledLoan, SettlementCertificate
from service.domain.money import yuan

TEXT = ParagraphStyle("text", BODY, fontSize=10.5, leading=20, firstLineIndent=21, spaceAfter=6)


def settlement(statement: SettlementCertificate, words: Words) -> list[Flowable]:
    head, loans = statement.head, statement.loans
    issued = long_day(head.issued_at.date())
    last = long_day(max(loan.settled_on for loan in loans))
    which = "在本机构的全部" if statement.complete else "在本机构的下列"
    story = heading(head, words)
    story.append(
        Paragraph(
            f"兹证明：客户 {words.marked_up(head.name)}（手机号 {words.marked_up(head.phone)}）{which}借款"
            f"（共 {len(loans)} 笔，明细见下表）已于 {last}结清。截至 {issued}，上述借款没有未归还的本金、利息、"
            "罚息和费用，双方就上述借款的债权债务关系已经终止。",
            TEXT,
        )
    )
    if not statement.complete:
        story.append(Paragraph("本证明只涉及下表所列的借款，不涉及客户的其他借款。", TEXT))
    if statement.suspense_fen:
        story.append(Paragraph(f"客户另有预存款 {yuan(statement.suspense_fen)} 元，可以申请退还。", TEXT))
    story += [Paragraph("借款与结清", SECTION), _loans(loans, words)]
    story += [Paragraph("累计还款", SECTION), _paid(loans, words)]
    signed = [Paragraph(words.marked_up(head.institution), SIGNED), Paragraph(issued, SIGNED)]
    story.append(KeepTogether([Spacer(0, 26), *signed]))
    return story


def _loans(loans: tuple[SettledLoan, ...], words: Words) -> Flowable:
    return rows(
        ["借款", "借款编号", "放款日", "结清日", "借款本金"],
        [
            [
                Paragraph(words.marked_up(loan.title), CELL),
                Paragraph(words.marked_up(loan.loan_id), CELL),
                day(loan.disbursed_on),
                day(loan.settled_on),
                yuan(loan.principal_fen),
            ]
            for loan in loans
        ],
        widths=[30, 34, 16, 16, 18],
        left=4,
        total=["合计", "", "", "", yuan(sum(loan.principal_fen for loan in loans))],
    )


def _paid(loans: tuple[SettledLoan, ...], words: Words) -> Flowable:
    return rows(
        ["借款", "已还本金", "已还利息", "已还罚息", "已还费用", "已还合计"],
        [
            [
                Paragraph(words.marked_up(loan.title), CELL),
                yuan(loan.principal_paid_fen),
                yuan(loan.interest_paid_fen),
                yuan(loan.penalty_paid_fen),
                yuan(loan.fee_paid_fen),
                yuan(loan.paid_fen),
            ]
            for loan in loans
        ],
        widths=[30, 17, 17, 16, 16, 18],
        left=1,
        total=[
            "合计",
            yuan(sum(loan.principal_paid_fen for loan in loans)),
            yuan(sum(loan.interest_paid_fen for loan in loans)),
            yuan(sum(loan.penalty_paid_fen for loan in loans)),
            yuan(sum(loan.fee_paid_fen for loan in loans)),
            yuan(sum(loan.paid_fen for loan in loans)),
        ],
    )
