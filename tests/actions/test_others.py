"""Whom a message speaks of, by its words alone."""

from __future__ import annotations

import asyncio

import pytest

from actions.others import (
    DEAD,
    IS_THE_BORROWER,
    ONLY_SAYS_SO,
    ill_oneself,
    is_of_the_family,
    kin_used_it,
    studies,
    told,
)
from actions.service_client import NotTheBorrower, Service


@pytest.mark.parametrize("said", ["我是本人", "我就是他本人", "现在是本人在用", "我是本人 账单多少", "我才是机主本人"])
def test_who_says_that_he_is_the_borrower_is_heard(said: str) -> None:
    assert IS_THE_BORROWER.search(said)


@pytest.mark.parametrize("said", ["我不是本人", "不是本人", "本人住院了", "他本人不在", "让本人来", "我是他妈"])
def test_who_says_something_else_of_the_borrower_is_not_taken_for_him(said: str) -> None:
    assert not IS_THE_BORROWER.search(said)


def test_nothing_else_may_be_in_it() -> None:
    assert ONLY_SAYS_SO.fullmatch("我是本人。")
    assert not ONLY_SAYS_SO.fullmatch("我是本人 账单多少")


@pytest.mark.parametrize("said", ["我得癌症了", "在化疗", "刚做完手术", "我住院了", "住院了", "查出白血病"])
def test_who_is_ill_himself(said: str) -> None:
    assert ill_oneself(said)


@pytest.mark.parametrize(
    "said", ["她在icu", "我爸住院了", "借款人车祸了", "他得癌症死了", "我病死的那条狗", "账单多少"]
)
def test_who_is_not(said: str) -> None:
    assert not ill_oneself(said)


@pytest.mark.parametrize("said", ["我儿子玩手机点的", "老公拿我身份证借的", "小孩用我手机买的", "我女儿乱点的"])
def test_family_that_used_what_is_the_borrowers(said: str) -> None:
    assert kin_used_it(said)


@pytest.mark.parametrize("said", ["我儿子欠多少", "我老公的手机号换了", "我用手机借的"])
def test_family_that_did_not(said: str) -> None:
    assert not kin_used_it(said)


@pytest.mark.parametrize(
    "said", ["你们凭什么给我妈打电话", "为什么联系我家人", "干嘛跟我单位说", "前台都知道了", "我妈接到你们催收电话"]
)
def test_others_were_told(said: str) -> None:
    assert told(said, just_promised=False)


@pytest.mark.parametrize("said", ["为什么给我打电话", "不要给我妈打电话", "怎么联系你们公司客服", "已经打过了"])
def test_nobody_else_was_told(said: str) -> None:
    assert not told(said, just_promised=False)


def test_what_was_just_promised_has_been_broken_already() -> None:
    assert told("已经打过了", just_promised=True)


def test_death_is_told_from_illness() -> None:
    assert DEAD.search("机主上个月过世了")
    assert not DEAD.search("累死了")


def test_for_a_stranger_nothing_of_the_account_is_even_asked() -> None:
    service = Service("c", "m", for_a_stranger=True)
    for asked in (service.bill, service.schedule, service.limit, service.filed, service.promises, service.cards):
        with pytest.raises(NotTheBorrower):
            asyncio.run(asked())


@pytest.mark.parametrize("text", ["我是大学生 没有收入", "我还在上高中", "我才17岁"])
def test_who_studies_is_heard(text: str) -> None:
    assert studies(text)


@pytest.mark.parametrize("text", ["我还是学生家长 孩子要交学费", "我是高中老师 工资拖欠三个月了", "我在学校门口摆摊"])
def test_who_teaches_or_has_a_child_at_school_is_no_student(text: str) -> None:
    assert not studies(text)


def test_a_father_who_does_it_for_her_is_not_one_who_borrowed_in_her_name() -> None:
    assert not kin_used_it("我是周谷雨的爸爸 她不会用手机")
    assert is_of_the_family("我是周谷雨的爸爸 她不会用手机")
