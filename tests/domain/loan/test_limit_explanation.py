"""Why a limit changed: the numbers add up, and the words say all of it and nothing twice."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.domain.loan.credit_line import EventKind, LineEvent, LineStatus, Reason
from service.domain.loan.limit_explanation import LineExplanation, Movement, Use, explain, explain_line
from tests.domain.loan.limit_cases import TODAY, event, line_of
from tests.domain.loan.test_credit_line import lives

K = EventKind
SINCE = date(2026, 8, 25)
OPENED = event(1, K.OPENED, 2_000_000, on=date(2026, 1, 5))
STEPS = {"overdue": "还清逾期的部分后，可以联系人工申请恢复。"}


def told(
    *events: LineEvent, used_fen: int = 0, moved: tuple[Movement, ...] = (), since: date = SINCE, today: date = TODAY
) -> LineExplanation:
    line = line_of(*events, used_fen=used_fen)
    return explain_line(line, events=events, movements=moved, since=since, today=today, next_steps=STEPS)


def test_drawing_uses_and_repaying_frees_and_the_principal_alone_counts() -> None:
    moved = (
        Movement(date(2026, 9, 2), Use.DRAWN, "现金周转", 800_000),
        Movement(date(2026, 10, 2), Use.REPAID, "现金周转", -100_000),
        Movement(date(2026, 11, 2), Use.REPAID, "现金周转", -101_000),
    )
    found = told(OPENED, used_fen=599_000, moved=moved)
    assert found.text.splitlines() == [
        "“循环现金额度”的可用额度，8月25日是 20,000 元，现在是 14,010 元，少了 5,990 元。原因是：",
        "· 9月2日借出 8,000 元（现金周转），占用了同样多的额度",
        "· 10月2日到11月2日共归还本金 2,010 元，恢复了同样多的额度",
        "现在总额度 20,000 元，借款占用 5,990 元。",
    ]


def test_a_temporary_part_that_ended_is_why_there_is_less_written_down_or_not() -> None:
    temporary = event(
        2, K.TEMPORARY, 500_000, on=date(2026, 8, 1), from_on=date(2026, 8, 1), until_on=date(2026, 9, 30)
    )
    ended = event(3, K.TEMPORARY_ENDED, 500_000, on=date(2026, 10, 1), until_on=date(2026, 9, 30))
    written, unwritten = told(OPENED, temporary, ended), told(OPENED, temporary)
    assert written.text == unwritten.text
    assert "· 临时额度 5,000 元在9月30日到期，不再计入" in written.text
    assert "25,000 元，现在是 20,000 元，少了 5,000 元" in written.text


def test_a_freeze_says_since_when_why_and_what_to_do() -> None:
    frozen = event(2, K.FROZEN, on=date(2026, 11, 2), reason=Reason("overdue", "有借款逾期没有还清"))
    assert told(OPENED, frozen).text.splitlines()[1:] == ["· 11月2日起暂停使用：有借款逾期没有还清", STEPS["overdue"]]
    older = told(OPENED, frozen, since=date(2026, 11, 20)).text
    assert "目前仍暂停使用（11月2日起）：有借款逾期没有还清。" in older
    assert "原因是" not in older


def test_one_freeze_of_two_that_is_lifted_is_not_told_as_the_line_being_usable_again() -> None:
    check, overdue = Reason("security_check", "正在核查"), Reason("overdue", "有借款逾期没有还清")
    freezes = (event(2, K.FROZEN, on=date(2026, 11, 2), reason=check),
               event(3, K.FROZEN, on=date(2026, 11, 3), reason=overdue))  # fmt: skip
    lifted = event(4, K.UNFROZEN, on=date(2026, 11, 9), reason=Reason("check_passed", "核查已完成"), lifts=check.code)
    assert told(OPENED, *freezes, lifted).text.splitlines()[3:] == [
        "· 11月9日解除了其中一项暂停：核查已完成",
        "目前仍暂停使用（11月3日起）：有借款逾期没有还清。",
        STEPS["overdue"],
    ]
    paid = event(5, K.UNFROZEN, on=date(2026, 11, 10), reason=Reason("cleared", "逾期已还清"), lifts=overdue.code)
    assert "· 11月10日恢复使用：逾期已还清" in told(OPENED, *freezes, lifted, paid).text


def test_what_changed_though_as_much_is_available_is_no_reason_of_a_difference() -> None:
    later = event(2, K.TEMPORARY, 100_000, on=date(2026, 11, 20), from_on=date(2026, 12, 1), until_on=date(2026, 12, 9))
    assert told(OPENED, later).text.splitlines()[0].endswith("和8月25日相同。这段时间的变化有：")


def test_a_purchase_and_its_return_are_told_as_what_they_are() -> None:
    moved = (
        Movement(date(2026, 9, 3), Use.BOUGHT, "购物账户", 50_000),
        Movement(date(2026, 9, 3), Use.RETURNED, "购物账户", -50_000),
        Movement(date(2026, 9, 4), Use.BOUGHT, "购物账户", 20_000),
    )
    assert told(OPENED, used_fen=20_000, moved=moved).text.splitlines()[1:4] == [
        "· 9月3日消费 500 元（购物账户），占用了同样多的额度",
        "· 撤销了9月3日的消费 500 元，恢复了同样多的额度",
        "· 9月4日消费 200 元（购物账户），占用了同样多的额度",
    ]


def test_a_raise_and_a_cut_name_both_sums_and_the_reason() -> None:
    text = told(
        OPENED,
        event(2, K.RAISED, 3_000_000, on=date(2026, 9, 5), reason=Reason("r", "您的提额申请已通过")),
        event(3, K.LOWERED, 1_000_000, on=date(2026, 10, 5), reason=Reason("l", "定期评估后调整")),
    ).text
    assert "· 9月5日额度由 20,000 元提高到 30,000 元：您的提额申请已通过" in text
    assert "· 10月5日额度由 30,000 元调低到 10,000 元：定期评估后调整" in text


def test_nothing_that_changed_is_said_to_be_so() -> None:
    assert told(OPENED).text == "“循环现金额度”现在可用额度 20,000 元，和8月25日相同。"


def test_a_new_line_has_no_before() -> None:
    found = told(event(1, K.OPENED, 500_000, on=TODAY))
    assert found.then is None
    assert found.text == "“循环现金额度”是11月23日开通的，现在可用额度 5,000 元。"


def test_more_used_than_there_is_says_what_has_to_be_repaid_first() -> None:
    text = told(OPENED, event(2, K.LOWERED, 100_000, on=date(2026, 9, 1)), used_fen=150_000).text
    assert "还到总额度以内才会有可用额度" in text


def test_another_year_says_itself() -> None:
    assert "2025年12月1日" in told(event(1, K.OPENED, 500_000, on=date(2025, 1, 1)), since=date(2025, 12, 1)).text


def test_arrears_are_said_once_and_not_where_the_freeze_has_said_so() -> None:
    frozen = told(OPENED, event(2, K.FROZEN, on=date(2026, 11, 2), reason=Reason("overdue", "逾期没有还清")))
    both = {"since": SINCE, "today": TODAY, "days_past_due": 5}
    assert "逾期 5 天" in explain([told(OPENED)], **both).text  # type: ignore[arg-type]
    assert "逾期 5 天" not in explain([frozen], **both).text  # type: ignore[arg-type]
    assert explain([], **both).text == "您名下目前没有额度。"  # type: ignore[arg-type]


MOVED = st.lists(
    st.builds(
        Movement,
        st.dates(SINCE + timedelta(1), TODAY),
        st.sampled_from(Use),
        st.just("样例"),
        st.integers(-(10**6), 10**6).filter(bool),
    ),
    max_size=6,
)


@given(lives(), MOVED, st.integers(0, 10**7), st.integers(0, 30), st.integers(1, 60))
def test_the_changes_add_up_to_the_difference(
    events: list[LineEvent], moved: list[Movement], used_fen: int, start: int, days: int
) -> None:
    since = date(2026, 11, 20) + timedelta(start)
    today = max(since + timedelta(days), events[-1].on)
    used_fen += sum(one.amount_fen for one in moved if one.amount_fen > 0)
    found = told(*events, used_fen=used_fen, moved=tuple(moved), since=since, today=today)
    assert found.then is not None
    grew = sum(one.limit_fen for one in found.changes)
    if found.now.status is not LineStatus.CLOSED and found.then.status is not LineStatus.CLOSED:
        assert found.now.limit_fen == found.then.limit_fen + grew
    assert found.now.used_fen == found.then.used_fen + sum(one.used_fen for one in found.changes)
    assert "{" not in found.text


def test_a_temporary_part_that_was_cancelled_before_it_began_is_not_told_as_given() -> None:
    days = {"from_on": date(2026, 10, 10), "until_on": date(2026, 12, 1)}
    granted = event(2, K.TEMPORARY, 500_000, on=date(2026, 9, 20), **days)
    cancelled = event(
        3, K.TEMPORARY_ENDED, 500_000, on=date(2026, 10, 5), reason=Reason("x", "按您的要求提前取消"), **days
    )
    found = told(OPENED, granted, cancelled)
    assert found.text.splitlines()[1:] == ["· 10月5日起取消临时额度 5,000 元，原定用到12月1日：按您的要求提前取消"]
    assert found.now.limit_fen == 2_000_000
