"""The repayment plans as they are printed: each loan with all its instalments."""

from __future__ import annotations

from decimal import Decimal

from reportlab.platypus import CondPageBreak, Flowable, Paragraph, Spacer

from service.documents.sheet import BODY, GREEN, RED, SECTION, SMALL, SOFT, day, heading, long_day, rows
from service.documents.words import Words
from service.domain.loan.statement import LoanPlan, PlanRow, RowState, ScheduleStatement
from service.domain.money import yuan

STATES: dict[RowState, str] = {
    "paid": "已还", "due": "今日到期", "overdue": "逾期", "upcoming": "未到期", "by_plan": "按方案"
}  # fmt: skip
TITLE_AND_FIRST_ROWS = 130.0  # a title at the foot of a page is of no use
COLOURS = {"paid": GREEN, "overdue": RED, "upcoming": SOFT, "by_plan": SOFT}


def schedule(statement: ScheduleStatement, words: Words) -> list[Flowable]:
    today = long_day(statement.head.issued_at.date())
    story = heading(statement.head, words)
    count = len({loan.loan_id for loan in statement.loans})  # one that is paid by a plan is there twice
    story.append(Paragraph(f"共 {count} 笔借款。罚息计算至 {today}；逾期、提前还款或调整计划后，金额会变化。", SMALL))
    if not statement.loans:
        story.append(Paragraph("您名下没有借款记录。", BODY))
    for loan in statement.loans:
        story += _loan(loan, words)
    return story


def percent(rate: Decimal) -> str:
    """0.144 → '14.4%'."""
    return f"{(rate * 100).normalize():f}%"


def _loan(loan: LoanPlan, words: Words) -> list[Flowable]:
    facts = [
        f"借款编号 {loan.loan_id}",
        "，".join(one for one in (loan.product_name, loan.brand) if one),
        f"借款本金 {yuan(loan.principal_fen)} 元",
        f"年利率（单利）{percent(loan.annual_rate)}",
        f"剩余本金 {yuan(loan.outstanding_principal_fen)} 元",
        "已结清" if loan.settled else "还款中",
    ]
    title = Paragraph(words.marked_up(loan.title), SECTION)
    about = Paragraph(words.marked_up("　|　".join(facts)), SMALL)
    if not loan.rows:
        return [title, about]
    return [CondPageBreak(TITLE_AND_FIRST_ROWS), Spacer(0, 10), _table(loan, [title, about])]


def _table(loan: LoanPlan, caption: list[Flowable]) -> Flowable:
    def summed(part: str) -> str:
        return yuan(sum(getattr(row, part) for row in loan.rows))

    parts = ("principal_fen", "interest_fen", "penalty_fen", "fee_fen", "total_fen", "unpaid_fen")
    return rows(
        ["期数", "应还日", "本金", "利息", "罚息", "费用", "应还合计", "尚欠", "状态"],
        [_row(row) for row in loan.rows],
        widths=[9, 17, 18, 15, 14, 14, 18, 18, 14],
        left=2,
        total=["合计", "", *(summed(part) for part in parts), ""],
        coloured=[(8, at, COLOURS[row.state]) for at, row in enumerate(loan.rows) if row.state in COLOURS],
        caption=caption,
    )


def _row(row: PlanRow) -> list[str]:
    return [
        str(row.no),
        day(row.due_on),
        yuan(row.principal_fen),
        yuan(row.interest_fen),
        yuan(row.penalty_fen),
        yuan(row.fee_fen),
        yuan(row.total_fen),
        yuan(row.unpaid_fen),
        STATES[row.state],
    ]
