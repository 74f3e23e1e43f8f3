"""The bill as it is printed: what to pay, of which it is made up, and how to pay it safely."""

from __future__ import annotations

from reportlab.platypus import Flowable, Paragraph, Spacer

from service.documents.sheet import BODY, CELL, RED, SECTION, SMALL, day, figures, heading, long_day, rows
from service.documents.words import Words
from service.domain.loan.statement import BillStatement
from service.domain.money import yuan

HOW_TO_PAY = (
    "在 App 内打开与小清的对话，点“立即还款”，核对金额后付款；可以一次还清，也可以先还一部分。",
    "已开通自动扣款的，请在还款日前把足够的金额存入绑定的银行卡。",
    "还款只入账到本机构，不会转给任何个人：凡是要您向私人账户转账、扫私人收款码，或提供验证码、密码的，都不是我们的工作人员，请拒绝并联系客服核实。",
    "对金额有疑问，或近期还款有困难，请在对话里说明，或回复“转人工”找客服人员。",
)


def bill(statement: BillStatement, words: Words) -> list[Flowable]:
    head, owed = statement.head, statement.bill
    today = long_day(head.issued_at.date())
    story = heading(head, words)
    story.append(
        figures(
            ("本期应还", yuan(owed.bill_fen), None),
            ("至少应还", yuan(owed.minimum_fen), None),
            ("其中已逾期", yuan(owed.overdue_fen), RED if owed.overdue_fen else None),
            ("最长逾期天数", f"{owed.days_past_due} 天", RED if owed.days_past_due else None),
        )
    )
    story.append(Spacer(0, 6))
    story += [Paragraph(words.marked_up(one), SMALL) for one in _notes(statement, today)]
    story.append(Paragraph("应还明细", SECTION))
    if not owed.items:
        story.append(Paragraph("目前没有需要归还的款项。", BODY))
    else:
        story.append(_items(statement, words))
    story.append(Paragraph("怎么还款", SECTION))
    story += [Paragraph(f"{number}. {one}", BODY) for number, one in enumerate(HOW_TO_PAY, 1)]
    return story


def _items(statement: BillStatement, words: Words) -> Flowable:
    items = statement.bill.items
    return rows(
        ["借款", "期数", "应还日", "逾期天数", "本金", "利息", "罚息", "费用", "待还合计"],
        [
            [
                Paragraph(words.marked_up(one.title), CELL),
                f"{one.no}/{one.periods}",
                day(one.due_on),
                str(one.days_past_due) if one.days_past_due else "—",
                yuan(one.principal_fen),
                yuan(one.interest_fen),
                yuan(one.penalty_fen),
                yuan(one.fee_fen),
                yuan(one.unpaid_fen),
            ]
            for one in items
        ],
        widths=[26, 11, 18, 13, 18, 15, 14, 14, 20],
        left=3,
        total=[
            "合计", "", "", "",
            yuan(sum(one.principal_fen for one in items)),
            yuan(sum(one.interest_fen for one in items)),
            yuan(sum(one.penalty_fen for one in items)),
            yuan(sum(one.fee_fen for one in items)),
            yuan(sum(one.unpaid_fen for one in items)),
        ],
        coloured=[(3, at, RED) for at, one in enumerate(items) if one.days_past_due],
    )  # fmt: skip


def _notes(statement: BillStatement, today: str) -> list[str]:
    owed = statement.bill
    notes = [f"本账单列出已逾期和本月内到期的款项；都没有时，列出最近一期。罚息计算至 {today}，次日起金额可能变化。"]
    if statement.only:
        notes.append(f"本账单只列“{statement.only}”这一笔借款。")
    if owed.suspense_fen and statement.only:
        notes.append(f"您另有预存款 {yuan(owed.suspense_fen)} 元，会先归还最早到期的款项，本账单未作扣除。")
    elif owed.suspense_fen:
        notes.append(f"您的预存款 {yuan(owed.suspense_fen)} 元已从本期应还中扣除，明细所列为扣除前金额。")
    if owed.refund_claim_fen:
        notes.append(
            f"本期应还含需归还的退款 {yuan(owed.refund_claim_fen)} 元：这笔钱已经退给您，之后对应的还款被银行收回。"
            "它不是借款，不计利息和罚息，也不计入逾期，不在下面的明细里。"
        )
    if owed.overdue_fen and owed.minimum_fen < owed.bill_fen:
        notes.append("还清“至少应还”的金额，当前逾期即消除；其余款项请在各自应还日前归还。")
    if owed.next_due_on:
        notes.append(f"下一个还款日：{long_day(owed.next_due_on)}，应还 {yuan(owed.next_due_fen)} 元。")
    return notes
