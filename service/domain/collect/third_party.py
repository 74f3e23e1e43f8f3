"""Who may be contacted that owes nothing, by whom, and for what: checks of the gate."""

from __future__ import annotations

from service.domain.collect.case import OURS, Case
from service.domain.collect.outreach import By, Purpose, Target, Violation
from service.domain.collect.rules import Number

ASKS = frozenset({Purpose.LOCATE, Purpose.RELAY})
_STANDARD = "[S] GB/T 45251-2025：只向债务人本人催收"


def _third_party(case: Case) -> bool:
    return case.draft.target is Target.CONTACT


def to_the_debtor(case: Case) -> Violation | None:
    """Whoever it goes to is known as the debtor's; what is automated goes to himself alone."""
    if case.contact.borrower_id != case.draft.borrower_id or (_third_party(case) and case.draft.by is By.SYSTEM):
        source = f"{_STANDARD}；[P] 联系他人只由人工处理"
        return Violation("not_the_debtor", "只向债务人本人触达；联系他人只能由人工经审批后进行", source)
    return None


def no_collecting_from_others(case: Case) -> Violation | None:
    """Others may be asked for contact details or to pass on a wish; one who offered may be told how to pay."""
    purpose = case.draft.purpose
    if not _third_party(case) or purpose in ASKS or (purpose is Purpose.PAY and case.contact.willing):
        return None
    return Violation(
        "third_party_purpose", "不得向第三人催收；只可询问联系方式、请其转告，或在其主动提出后告知还款方式", _STANDARD
    )


def debtor_out_of_reach(case: Case) -> Violation | None:
    if not _third_party(case) or case.draft.purpose not in ASKS or case.contact.unreachable:
        return None
    return Violation("debtor_reachable", "能联系到债务人本人，不得联系他人", _STANDARD)


def two_approvals(case: Case) -> Violation | None:
    """By two people besides the one who calls."""
    if not _third_party(case) or case.draft.purpose not in ASKS:
        return None
    needed = case.rules.number(Number.APPROVALS)
    given = len(case.contact.approved_by - {case.draft.by_name})
    if needed is not None and given >= needed.value:
        return None
    source = str(needed.origin) if needed else OURS
    return Violation("approvals_missing", f"联系第三人需要另外两位同事批准，现有 {given} 位", source)


def not_refused_before(case: Case) -> Violation | None:
    if not _third_party(case) or not case.contact.refused:
        return None
    return Violation("contact_refused", "该联系人已拒绝，不再联系", "[S] GB/T 45251-2025：联系人拒绝的，不得再联系")


def point_in_use(case: Case) -> Violation | None:
    if not case.contact.suppressed:
        return None
    source = "[L] 个人信息保护法第 8、46 条：信息应准确，有误应更正"
    return Violation("number_suppressed", "该号码或账号已停用（错号、已换人或要求停止），不得再联系", source)
