"""Which messages ask how something stands that was filed, of which kind, and what is shown of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from actions.standing import Asked, asked, chosen, late, told

TODAY = date(2026, 11, 23)


def one(kind: str, *, state: str = "waiting", decided_on: str | None = None, **more: Any) -> dict[str, Any]:
    made = {"kind": kind, "reference": f"{kind}-1", "state": state, "decided_on": decided_on, "late": False}
    return made | {"outcome": "", "reviewable": False, "text": f"一件{kind}"} | more


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("我的申请怎么样了", ""),
        ("你们什么时候给我回复", ""),
        ("都这么多天了还没答复我", ""),
        ("投诉处理得怎么样了", "complaint"),
        ("我反映的问题解决了吗", "complaint"),
        ("投诉到现在没人理我", "complaint"),
        ("异议核实完了没有", "dispute"),
        ("异议什么时候能有结论", "dispute"),
        ("延期批了吗", "hardship"),
        ("为什么不同意我的方案", "hardship"),
        ("减免的申请有消息了吗", "hardship"),
        ("额度申请结果呢", "limit"),
        ("提额被拒绝了", "limit"),
        ("投诉和延期都处理好了吗", "complaint,hardship"),
    ],
)
def test_it_is_heard_which_kind_is_asked_about(text: str, kinds: str) -> None:
    found = asked(text)
    assert found is not None
    assert ",".join(sorted(found.kinds)) == kinds


@pytest.mark.parametrize(
    "text",
    [
        "我要投诉",
        "我要投诉你们，一直没人处理",
        "怎么申请延期",
        "能延期吗",
        "能不能给我减免一点",
        "我想提额",
        "投诉会有人处理吗",
        "什么时候放款",
        "我的贷款批了吗",
        "没接到审核电话怎么办",
        "审核员什么时候打给我",
        "我这个月要还多少",
        "我没钱还",
        "我有异议",
        "转人工",
        "/loan_progress",
    ],
)
def test_a_new_wish_and_what_is_decided_elsewhere_are_no_such_question(text: str) -> None:
    assert asked(text) is None


@pytest.mark.parametrize("text", ["编号C261110-05853e怎么样了", "查 c261110 - 05853E", "C26111005853E"])
def test_a_number_names_its_one(text: str) -> None:
    found = asked(text)
    assert found == Asked(reference="C261110-05853E")
    mine, other = one("complaint", reference="C261110-05853E"), one("complaint")
    assert chosen([other, mine], found, today=TODAY) == [mine]
    assert chosen([other], found, today=TODAY) == []


def test_a_general_question_is_known_from_one_about_ones_own() -> None:
    general, own = asked("延期申请多久批"), asked("我的延期申请多久批")
    assert general is not None
    assert own is not None
    assert (general.own, own.own) == (False, True)


def test_all_that_waits_and_what_was_decided_lately_is_meant_and_else_the_last() -> None:
    waits, fresh = one("complaint"), one("hardship", state="decided", decided_on="2026-11-10")
    old = one("limit", state="decided", decided_on="2026-11-08")
    assert chosen([waits, fresh, old], Asked(), today=TODAY) == [waits, fresh]
    assert chosen([old, old], Asked(), today=TODAY) == [old]
    assert chosen([waits, old], Asked(frozenset({"limit"})), today=TODAY) == [old]
    assert chosen([waits], Asked(frozenset({"limit"})), today=TODAY) == []


def test_several_are_listed_and_one_is_told_with_what_can_be_done_next() -> None:
    refused = one("limit", state="decided", outcome="refused", reviewable=True)
    single = told([refused])
    assert (single.response, single.buttons[0]["title"]) == ("utter_filed", "请人工复核")
    several = told([refused, one("hardship", outcome="rejected"), one("complaint")])
    assert several.variables["count"] == "3"
    assert several.variables["items"].count("· 一件") == 3
    assert [button["title"] for button in several.buttons] == ["请人工复核", "重新申请协商", "查账单", "转人工"]


def test_what_is_late_is_named_in_the_apology() -> None:
    assert late([one("complaint")]) is None
    said = late([one("complaint"), one("dispute", late=True)])
    assert said is not None
    assert said.variables == {"references": "dispute-1"}
