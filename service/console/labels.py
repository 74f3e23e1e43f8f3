"""What the codes of the system are called in the console, and how times and values are written there."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from service.domain.days import SHANGHAI, local_time
from service.domain.desk.pages import Found
from service.domain.loan.hardship import Terms
from service.domain.loan.hardship_policy import HardshipKind
from service.domain.money import yuan

HERE = str(SHANGHAI)  # the clock of most borrowers: others are named beside their hours
OWNERS = {"bot": "小清接待", "waiting": "等待人工", "agent": "人工接待"}
CHANNELS = {
    "inapp": "App",
    "wechat": "微信",
    "subscription": "微信订阅通知",
    "sms": "短信",
    "voice": "语音",
    "memory": "测试",
}
OUTREACH_CHANNELS = CHANNELS | {"person": "人工"}
SENDERS = {"borrower": "客户", "bot": "小清", "outreach": "系统触达", "agent": "坐席", "system": "系统"}
TURN_STATES = {
    "received": "等待处理",
    "claimed": "处理中",
    "answered": "已处理",
    "pending": "发送中",
    "delivered": "已送达",
    "failed": "失败",
    "unknown": "结果未知",
}
OUTREACH_STATES = {
    "planned": "待发送",
    "claimed": "发送中",
    "sent": "已发送",
    "blocked": "已拦截",
    "cancelled": "已取消",
    "unknown": "结果未知",
    "failed": "发送失败",
    "for_person": "转人工处理",
}
PROMISED = "约定还款"  # in place of a tier
PROMISE_STATES = {
    "pending": "待履约",
    "kept": "已履约",
    "partly": "部分履约",
    "broken": "未履约",
    "cancelled": "已取消",
}
PAUSE_REASONS = {
    "dispute": "对欠款有异议",
    "hardship": "还款困难",
    "complaint": "投诉处理中",
    "opt_out": "要求停止联系",
    "crisis": "危机关怀",
    "wrong_person": "非本人",
    "fraud": "疑似冒用或诈骗",
    "third_party": "第三人接收",
    "debtor_unavailable": "本人无法联系",
    "illness": "重病或住院",
    "deceased": "本人已故",
    "incapacity": "未成年、学生或无行为能力",
    "legal": "律师或法院已介入",
    "bankruptcy": "个人破产程序",
    "disaster": "受灾地区",
    "plan_kept": "还款方案履行中",
    "no_mandate": "无催收委托",
}
MACHINES = {"borrower": "客户本人", "bot": "小清", "system": "系统", "system:hardship": "系统"}
QUEUE_SHOWS = {"ready": "待领取", "mine": "我的", "overdue": "已超时", "waiting": "等待日期", "closed": "已结"}
REQUEST_STATES = {"waiting": "等待批准", "approved": "已批准", "rejected": "未批准"}
PURPOSES = {"locate": "询问客户的联系方式", "relay": "请其转告客户回电"}
CASE_ACTS = {
    "opened": "进入队列",
    "joined": "新增原因",
    "weighed": "优先级变化",
    "claimed": "认领",
    "skipped": "跳过",
    "returned": "退回",
    "disposed": "处理结果",
    "closed": "自动结案",
    "contact_asked": "申请联系他人",
    "contact_approved": "同意联系他人",
    "contact_rejected": "不同意联系他人",
}
MARKS = {"L": "法律原文", "S": "公开资料转述，待核对", "V": "平台文档", "M": "待核对", "P": "机构自定"}
OUTREACH_KINDS = {"reminder": "还款提醒", "collection": "逾期催收"}
HANDOVER_REASONS = PAUSE_REASONS | {
    "human_agent": "客户要求人工",
    "asked": "客户要求人工",
    "not_understood": "小清未能理解",
    "late_answer": "答复超过了期限",
    "bot_unavailable": "智能助手暂不可用",
    "amount_mismatch": "支付金额不一致",
    "agent_initiative": "坐席主动接管",
}
TOKEN_ROLES = {"viewer": "只能查看", "operator": "可以改动账目"}
APPLICATION_STATES = {"referred": "等待人工", "approved": "已通过", "refused": "未通过"}
LINE_STATES = {"active": "可以使用", "frozen": "已冻结", "closed": "已关闭"}
LINE_EVENTS = {
    "opened": "开通",
    "raised": "提高额度",
    "lowered": "降低额度",
    "temporary": "临时额度",
    "temporary_ended": "临时额度结束",
    "frozen": "冻结",
    "unfrozen": "解除冻结",
    "closed": "关闭",
}
HARDSHIP_STATES = {
    "proposed": "等待人工",
    "active": "执行中",
    "kept": "已完成",
    "broken": "未按约",
    "ended": "已结束",
    "rejected": "未通过",
    "withdrawn": "已撤回",
}
HARDSHIP_KINDS = {"defer": "延期", "plan": "分期", "reduce": "减免", "stop": "暂停联系"}
RULE_EFFECTS = {"refuse": "硬性条件", "refer": "需要人工", "points": "未得分"}
LIMIT_FACTS = {
    "days_past_due": "逾期天数",
    "worst_days_past_due_12m": "近 12 个月最长逾期",
    "on_time_payments_12m": "近 12 个月按时期数",
    "late_payments_12m": "近 12 个月逾期期数",
    "months_on_book": "开通月数",
    "utilisation_percent": "额度使用率",
    "total_after_fen": "批准后总额度",
    "stops": "未决事项",
}
CARDS = {
    "bill": "账单",
    "schedule": "还款计划",
    "payments": "还款记录",
    "payoff": "结清试算",
    "limit": "额度",
    "receipt": "还款回执",
}
INTENTS = {
    "query_credit_limit": "查额度",
    "limit_increase": "提额",
    "limit_decrease_or_frozen": "额度下降或冻结",
    "apply_or_open": "申请开通",
    "close_account": "注销",
    "query_bill": "查账单",
    "query_repayment_plan": "查还款计划",
    "query_payments": "查还款记录",
    "bill_date": "账单日与还款日",
    "repay_how": "怎么还款",
    "repay_now": "现在还款",
    "repay_failed": "还款失败",
    "repay_status": "还款是否到账",
    "early_settlement": "提前结清",
    "partial_or_min_payment": "部分或最低还款",
    "installment": "分期",
    "interest_and_fees": "利息与费用",
    "overdue_consequence": "逾期后果",
    "overdue_hardship": "协商还款",
    "credit_report": "征信",
    "autopay_deduction": "自动扣款",
    "change_bank_card": "换绑银行卡",
    "change_phone_or_account": "换手机号或账号",
    "drawdown_borrow": "借款",
    "loan_progress": "借款进度",
    "usage_merchant": "使用场景",
    "refund": "退款",
    "coupon_promo": "优惠活动",
    "fraud_security": "被骗或盗用",
    "identity_verification": "身份验证",
    "app_problem": "App 故障",
    "documents": "证明与合同",
    "product_intro": "产品介绍",
    "human_agent": "转人工",
    "complaint": "投诉",
    "greeting_chitchat": "问候闲聊",
    "out_of_scope": "超出范围",
    "promise_to_pay": "承诺还款",
    "already_paid": "称已还款",
    "cant_pay": "无力偿还",
    "refuse_to_pay": "拒绝还款",
    "dispute_debt": "对欠款有异议",
    "wrong_person": "非本人",
    "third_party": "第三人",
    "debtor_unavailable": "本人无法联系",
    "call_back_later": "稍后联系",
    "stop_contact": "要求停止联系",
    "bot_challenge": "质疑身份",
    "crisis": "危机",
    "affirm": "肯定",
    "deny": "否定",
    "correct": "更正",
    "cancel": "取消",
    "inform": "补充信息",
    "repeat": "请求重复",
    "nlu_fallback": "未能理解",
}
LEARNING_REASONS = {
    "fell_back": "没听懂",
    "corrected": "被客户更正",
    "handed_over": "随后转人工",
    "unsure": "把握不大",
}
LABEL_STATES = {"accepted": "已标注", "rejected": "已跳过"}
ENTITIES = {
    "amount": "金额",
    "amount_word": "金额",
    "date": "日期",
    "vague_date": "模糊日期",
    "promise_parts": "分笔",
    "role": "角色",
}
AMOUNT_WORDS = {"bill": "本期账单", "minimum": "最低应还", "all": "全部", "half": "一半", "rest": "剩下的"}


def fact(value: object, name: str) -> str:
    """A fact of an application as an agent reads it."""
    if value is None:
        return "未知"
    if name == "stops" and isinstance(value, list):
        return "、".join(label(one, PAUSE_REASONS) for one in value) or "无"
    if isinstance(value, int):
        unit = {"fen": "元", "percent": "%", "due": "天", "12m": "", "book": "个月"}.get(name.rsplit("_", 1)[-1], "")
        unit = "天" if "past_due" in name else unit
        return f"{yuan(value) if unit == '元' else value} {unit}".rstrip()
    return str(value)


def hardship_terms(terms: Terms) -> str:
    """What a proposal asks for, as an agent reads it."""
    said = {
        HardshipKind.DEFER: f"{terms.months} 个月",
        HardshipKind.PLAN: f"{terms.periods} 期，第一期 {terms.first_on}",
        HardshipKind.REDUCE: f"费用 {yuan(terms.fee_fen)} 元，罚息 {yuan(terms.penalty_fen)} 元",
        HardshipKind.STOP: f"{terms.days} 天",
    }
    return said[terms.kind]


def noted(note: str) -> str:
    """A machine's note with its reason in words: 暂停触达（dispute） → 暂停触达（对欠款有异议）."""
    return re.sub("（([a-z_]+)）", lambda found: f"（{label(found[1], HANDOVER_REASONS)}）", note)


def decided_by(name: str) -> str:
    return "规则自动决定" if name.startswith("rule:") else name


def label(code: str, table: dict[str, str]) -> str:
    """The Chinese word for a code, or the code itself: a new one is shown rather than hidden."""
    return table.get(code, code)


def at(instant: datetime | None, now: datetime) -> str:
    """'今天 10:02', '昨天 22:15', '11-03 08:30', or '2025-11-03 08:30' on a Shanghai clock."""
    if instant is None:
        return "—"
    local, today = local_time(instant), local_time(now).date()
    clock = f"{local:%H:%M}"
    if local.date() == today:
        return f"今天 {clock}"
    if local.date() == today - timedelta(days=1):
        return f"昨天 {clock}"
    return f"{local:%m-%d} {clock}" if local.year == today.year else f"{local:%Y-%m-%d} {clock}"


def waited(since: datetime, now: datetime) -> str:
    """'刚刚', '12 分钟', '3 小时 5 分', '2 天': how long somebody has been waiting."""
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 1:
        return "刚刚"
    if minutes < 60:
        return f"{minutes} 分钟"
    hours, rest = divmod(minutes, 60)
    return f"{hours} 小时 {rest} 分" if hours < 24 else f"{hours // 24} 天"


def step_day(step: str) -> str:
    """'到期前 3 天', '到期当天', '逾期第 5 天' for 'pre_due-3', 'pre_due+0', 'M1+5'; any other name as it is."""
    found = re.fullmatch(r".*?([+-]\d+)", step)
    if found is None:
        return step
    day = int(found[1])
    return f"到期前 {-day} 天" if day < 0 else f"逾期第 {day} 天" if day else "到期当天"


def entity_value(found: Found) -> str:
    """An entity as an agent would write it: fen as yuan, words in Chinese."""
    if found.kind == "amount" and found.value.isdigit():
        return f"{yuan(int(found.value))} 元"
    if found.kind == "promise_parts":
        return _parts(found.value)
    return AMOUNT_WORDS.get(found.value, found.value) if found.kind == "amount_word" else found.value


def _parts(said: str) -> str:
    try:
        return "；".join(map(_part, json.loads(said)))
    except ValueError:  # numbers in it were masked
        return said


def _part(one: Mapping[str, Any]) -> str:
    """A part of a promise: 2026-12-10 200.00 元（发工资）."""
    money = AMOUNT_WORDS.get(one["word"], "") if one["amount_fen"] is None else f"{yuan(one['amount_fen'])} 元"
    condition = f"（{one['condition']}）" if one["condition"] else ""
    return f"{one['due_on'] or one['said'] or '日期未说'} {money or '金额未说'}{condition}"
