"""Everything the database has of one borrower, table by table, and who took it out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, insert, or_, select, update

from service.db.tables.autopay import autopay, autopay_event, payment_card
from service.db.tables.channel import channel_receipt
from service.db.tables.chat import conversation, turn
from service.db.tables.collect import outreach, pause, promise, promise_event, promise_part, resume_request
from service.db.tables.contact import (
    contact_approval,
    contact_attempt,
    contact_point,
    contact_terms,
    contact_terms_event,
)
from service.db.tables.credit_line import credit_line_event, income_proof, limit_application
from service.db.tables.desk import agent, handover, turn_label
from service.db.tables.experiment import experiment_exposure
from service.db.tables.hardship import hardship_proposal
from service.db.tables.legal_file import legal_file_export
from service.db.tables.loan import (
    account_statement,
    ageing_tag,
    borrower,
    credit_line,
    hardship_plan,
    instalment,
    journal_entry,
    journal_line,
    ledger_event,
    loan,
    receipt,
)
from service.db.tables.matter import matter
from service.db.tables.payment import payment_callback, payment_news, payment_order
from service.db.tables.queue import case_event, case_source, collection_case, contact_request
from service.db.tables.quote import quote
from service.db.tables.wechat import wechat_code, wechat_event

ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the file. Its rows are the borrower's by `borrower_id`, or because `column` names a row of
    `parent` that is; `order` is by what its rows come in the order of events."""

    table: Table
    title: str
    order: tuple[str, ...]
    column: str = ""
    parent: Table | None = None

    def mine(self, borrower_id: str) -> ColumnElement[bool]:
        if self.table is agent:
            return _acted(borrower_id)
        if self.parent is None:
            return self.table.c["id" if self.table is borrower else "borrower_id"] == borrower_id
        (key,) = self.parent.primary_key.columns
        of_parent = BY_TABLE[self.parent.name].mine(borrower_id)
        return self.table.c[self.column].in_(select(key).where(of_parent))


SECTIONS: tuple[Section, ...] = (
    Section(borrower, "客户", ("id",)),
    Section(credit_line, "额度", ("created_at", "id")),
    Section(credit_line_event, "额度变动", ("line_id", "no"), "line_id", credit_line),
    Section(limit_application, "提额申请", ("created_at", "id")),
    Section(income_proof, "收入证明", ("checked_at", "id")),
    Section(loan, "借款", ("created_at", "id")),
    Section(instalment, "还款计划", ("loan_id", "no"), "loan_id", loan),
    Section(account_statement, "账单", ("loan_id", "no"), "loan_id", loan),
    Section(ageing_tag, "账龄变化", ("id",), "loan_id", loan),
    Section(ledger_event, "账务事件", ("id",)),
    Section(journal_entry, "记账凭证", ("id",)),
    Section(journal_line, "记账分录", ("entry_id", "no"), "entry_id", journal_entry),
    Section(receipt, "还款", ("paid_at", "payment_id")),
    Section(quote, "报价", ("created_at", "id")),
    Section(payment_order, "还款单", ("created_at", "id")),
    Section(payment_callback, "支付结果通知", ("received_at", "id", "told"), "order_id", payment_order),
    Section(payment_news, "告知到账与撤销", ("created_at", "payment_id", "kind")),
    Section(payment_card, "绑定的银行卡", ("created_at", "id")),
    Section(autopay, "自动扣款", ("borrower_id",)),
    Section(autopay_event, "自动扣款的历次变更", ("no",)),
    Section(hardship_plan, "延期方案", ("created_at", "id"), "loan_id", loan),
    Section(hardship_proposal, "困难方案申请", ("created_at", "id")),
    Section(promise, "承诺还款", ("created_at", "id")),
    Section(promise_part, "承诺的各笔", ("promise_id", "no"), "promise_id", promise),
    Section(promise_event, "承诺的历次变化", ("id",), "promise_id", promise),
    Section(matter, "异议与投诉登记", ("created_at", "id")),
    Section(pause, "暂停与恢复触达", ("started_at", "id")),
    Section(resume_request, "恢复触达的申请", ("asked_at", "id"), "pause_id", pause),
    Section(experiment_exposure, "策略试验分组", ("exposed_on", "experiment_id")),
    Section(contact_point, "联系方式", ("created_at", "id")),
    Section(wechat_code, "微信绑定码", ("created_at", "code_hash")),
    Section(wechat_event, "微信绑定与订阅", ("id",)),
    Section(contact_terms, "约定的联系时间", ("agreed_at",)),
    Section(contact_terms_event, "联系时间的历次约定", ("id",)),
    Section(contact_approval, "联系第三人的批准", ("approved_at", "approved_by"), "contact_point_id", contact_point),
    Section(outreach, "触达记录", ("planned_at", "id")),
    Section(channel_receipt, "短信与电话回执", ("received_at", "channel", "id")),
    Section(contact_attempt, "联系尝试", ("at", "id")),
    Section(collection_case, "人工案件", ("opened_at", "id")),
    Section(case_source, "案件来由", ("at", "source", "ref"), "case_id", collection_case),
    Section(case_event, "案件经过", ("id",), "case_id", collection_case),
    Section(contact_request, "联系第三人的申请", ("asked_at", "id"), "case_id", collection_case),
    Section(conversation, "会话", ("created_at", "id")),
    Section(turn, "会话消息", ("id",), "conversation_id", conversation),
    Section(handover, "转人工", ("id",), "conversation_id", conversation),
    Section(turn_label, "消息标注", ("id",), "turn_id", turn),
    Section(agent, "经手坐席", ("id",)),
    Section(legal_file_export, "法律档案导出记录", ("started_at", "id")),
)
BY_TABLE = {one.table.name: one for one in SECTIONS}
# Of no use to a court, and of use to a thief.
LEFT_OUT = {"agent": {"password_hash", "generation"}, "payment_card": {"token"}, "wechat_code": {"code_hash"}}


def _acted(borrower_id: str) -> ColumnElement[bool]:
    """The agents whose ids stand in the borrower's rows; elsewhere a row has the name itself."""
    ids = (handover.c.taken_by, turn_label.c.agent_id, conversation.c.agent)
    found = (select(one).where(BY_TABLE[one.table.name].mine(borrower_id)) for one in ids)
    return or_(*(agent.c.id.in_(one) for one in found))


def rows(conn: Connection, borrower_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(section, row) of everything, section by section, a few hundred rows in memory at a time."""
    for section in SECTIONS:
        left_out = LEFT_OUT.get(section.table.name, set())
        columns = [column for column in section.table.c if column.name not in left_out]
        wanted = (
            select(*columns).where(section.mine(borrower_id)).order_by(*(section.table.c[n] for n in section.order))
        )
        found = conn.execute(wanted, execution_options={"stream_results": True, "yield_per": ROWS_AT_ONCE})
        for row in found.mappings():
            yield section.table.name, dict(row)


def begin(
    conn: Connection, *, export_id: str, borrower_id: str, form: str, by: str, reason: str, via: str, now: datetime
) -> None:
    values = {"id": export_id, "borrower_id": borrower_id, "form": form, "made_by": by, "reason": reason, "via": via}
    conn.execute(insert(legal_file_export).values(**values, started_at=now))


def finish(conn: Connection, *, export_id: str, lines: int, last_hash: str, now: datetime) -> None:
    mine = legal_file_export.c.id == export_id
    conn.execute(update(legal_file_export).where(mine).values(finished_at=now, lines=lines, last_hash=last_hash))


def exported_as(conn: Connection, last_hash: str) -> dict[str, Any] | None:
    """The export that ended with this hash, None where none did."""
    mine = select(legal_file_export).where(legal_file_export.c.last_hash == last_hash)
    found = conn.execute(mine).mappings().first()
    return dict(found) if found else None
