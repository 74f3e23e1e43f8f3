"""Words that only look like what a rule listens for, beside those that it was made for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from actions import (
    ask_hardship,
    complain,
    hardship_terms,
    hardship_wish,
    others,
    pause,
    stop_contact,
    who_writes,
    words,
)
from actions.service_client import Service
from tests.actions.test_turn import turn, user

# Of each rule, what it hears and what it must not, apart by |.
HEARS: dict[str, tuple[Callable[[str], object], str, str]] = {
    "the borrower": (
        lambda text: others.IS_THE_BORROWER.search(text),
        "是我本人|我本人|我本人在用|现在是我本人|我就是本人",
        "不是我本人|这不是我本人的号|不是我本人借的|机主不是我本人|并非我本人|我本人没借过",
    ),
    "a plan's payment": (
        ask_hardship.pays_a_plan,
        "这期协商款还200|还一下 协商款还500|协商款这期的先还300|本期方案款付200",
        "我想分期还12期|我想申请分期还12个月|我想分期还一部分|分期还了三个月，现在失业还不上了|分期还200|能分期还5期吗",
    ),
    "relief": (
        lambda text: hardship_wish.of_kind(text) == "relief",
        "罚息能不能免一点|把利息免了|减免利息|停息挂账|申请停催|罚息全免|能不能打个折|只还本金|停止计息|免掉违约金",
        "免费|我要办免息分期|我有免息券|避免信息泄露|停止发信息|停发消息|双十一打折买的手机|先还本金500|注意休息|利息不停地涨|避免产生罚息|利息免费的|我只欠本金了",
    ),
    "why it is hard": (
        hardship_terms.WHY.search,
        "最近没活|没活干|最近活少|我病了|妈瘫在床上没人管|孩子没人看",
        "最近没活动了|生活少不了钱|系统有毛病了|app出毛病了|我妈没人看得懂这个",
    ),
    "who studies": (
        others.studies,
        "我是大学生 没有收入|我还在上高中|我才17岁|我大三在读|我还没毕业|我还未成年|没满18|我没满十八岁|才16岁 不懂",
        "我儿子在上大学|我女儿在上高中|家里有两个未成年孩子要养|孩子才15岁|我弟还没毕业|我是学生时候借的，现在工作了|我弟弟未成年|我15岁的儿子借的",
    ),
    "insolvency": (
        others.insolvent,
        "我申请破产了 法院受理了|我在走个人破产清算|法院裁定我破产|破产申请已受理|我个人破产了，法院受理了",
        "公司破产了，我想申请分期|厂子破产了申请延期|公司破产了，法院受理了|我们公司破产清算了|破产了想申请减免",
    ),
    "back from prison": (
        others.sits_no_more,
        "我在坐牢刚出来|刚从看守所出来|坐牢三年刚回来|刚出狱|从里面出来了",
        "他在里面还没出来|人在看守所没出来|他在里面，半年后才能出来|等他从里面出来|看守所里，快出来了|还没出狱呢",
    ),
    "a death": (
        others.is_gone,
        "我是他女儿 他上个月走了|我爸去年走了|机主去世了|他不在人世了|我是他老婆，他去年走了",
        "他已经走了，不在我们公司|他上个月走了，换工作了|她昨天走了|我是他同事，他上个月走了",
    ),
    "prison": (
        others.is_locked_up,
        "他进去了 判了三年|他被抓了|她在坐牢",
        "他把钱转进去了|她帮我打进去了|他已经存进去了",
    ),
    "a stranger": (
        others.a_stranger,
        "这手机是我捡的 怎么还给失主|我在路上捡到一部手机|这部手机是在车上捡到的|我是民警 想了解机主的情况",
        "手机被别人捡到会不会被拿去借钱|我手机丢了被人捡到了|我是民警，他们天天加班，明天还500|我是法院的，我的信息没改|我是民警，他的利息怎么算",
    ),
    "an old number": (
        others.old_number,
        "那个旧号码别打了 不是我的了|老号不用打了|别打我以前的号码|原来的号码不是我的了|不要再联系之前的手机号",
        "老号不用了怎么换手机号|之前的号码不用改吧|以前的号码停机了怎么改|原来号称不用利息的|之前的号码不是我的问题",
    ),
    "certain hours": (
        pause.CERTAIN_HOURS.search,
        "晚上别打给我 白天可以|只在周末联系我|上班别打电话，下班可以打|上班不方便，以后只晚上打",
        "上班不方便，晚上再说|我在上班不方便等会再聊|早上不方便接，下午再打|晚上不方便，能明天吗|晚上别打了，我明天能还|今天晚上别打电话，白天再打",
    ),
    "too much taken": (
        words.TOO_MUCH_TAKEN.search,
        "罚息多收了|利息多收了，跟合同对不上|你们的罚息不合法|手续费算错了|利息给我算多了|手续费没说就多扣了",
        "利息没多收|费用没有多扣我的，谢谢|利息别算错了|利息应该没算错|罚息并不违法",
    ),
    "a lawyer who writes": (
        words.LAWYER.search,
        "我是律师 受当事人委托 后续请联系我|受某公司委托与您联系|我是他的律师|我张律师|这里是某某律师事务所",
        "我要找律师告你们|再骚扰我就找律师起诉你们|我咨询了律师 你们的罚息不合法|我收到律师函|我会请律师的",
    ),
    "one's own lawyer": (
        stop_contact.HAS_A_LAWYER.search,
        "我委托了律师 以后找我律师谈|我请了律师|我已经委托了律师",
        "我找律师告你们|我请律师起诉你们|再骚扰我就找律师起诉你们",
    ),
    "who threatens to sue": (
        stop_contact.SUES_US.search,
        "我要找律师告你们|再骚扰我就找律师起诉你们",
        "我委托了律师|你们要起诉我",
    ),
    "so much every few days": (
        words.EVERY_FEW_DAYS.search,
        "一天还50|一周还一百|每周还一百|每天还20",
        "我晚一天还500|过一周还500|推迟一周还300|第一周还200|下一周还300|迟个一天还500|等一天还五百",
    ),
    "what is complained of": (
        complain.OF_US.search,
        "手续费那么高，我都失业了|乱扣钱害我没钱住院|服务太差，我生病了也没人管|乱收费|隐私泄露了",
        "我老婆跑了，孩子没人管|我没收入了|公司扣我工资|我失业了没收到工资",
    ),
    "leave that is asked": (
        words.ASKS_LEAVE.search,
        "明天还三百可以吗|俺想还二百中不|中吗|先还300行不行|明天还行",
        "还500为什么一直在处理中|还款失败中",
    ),
    "a question": (
        words.QUESTION.search,
        "还要么|还需要么|手续费还要么|有没什么办法晚点还|能还么",
        "要么明天还|没什么|要么还500要么算了",
    ),
}
PAIRS = [
    pytest.param(hears, said, expected, id=f"{name}-{said}")
    for name, (hears, good, bad) in HEARS.items()
    for expected, row in ((True, good), (False, bad))
    for said in row.split("|")
]


@pytest.mark.parametrize(("hears", "said", "expected"), PAIRS)
def test_a_rule_hears_what_it_is_for_and_nothing_that_only_looks_like_it(
    hears: Callable[[str], object], said: str, expected: bool
) -> None:
    assert bool(hears(said)) is expected


@pytest.mark.parametrize(
    ("said", "form", "affirms"),
    [
        ("行 结清", "settle_form", True),
        ("好，结了", "settle_form", True),
        ("好的，结清", None, True),
        ("行 结了", "repay_form", False),
        ("行 结清", "hardship_form", False),
        ("好，结了", "complaint_form", False),
        ("行 结清", "limit_form", False),
        ("好，结了", "autopay_form", False),
        ("登记", "dispute_form", True),
        ("那就登记吧", "promise_form", True),
        ("那就登记吧", "repay_form", False),
        ("成交", "settle_form", False),
        ("好，还五百", "complaint_form", False),
    ],
)
def test_a_yes_that_names_what_it_does_is_one_only_where_that_is_done(
    said: str, form: str | None, affirms: bool
) -> None:
    assert turn(user("affirm", said), form=form).affirms is affirms


def test_a_wish_that_was_heard_is_not_kept_twice() -> None:
    assert hardship_wish.joined("先缓三个月，然后每月还1000", "先缓三个月") == "先缓三个月，然后每月还1000"
    assert hardship_wish.joined("先缓三个月", "每月还1000") == "先缓三个月，每月还1000"
    assert hardship_wish.joined("每月还1000", "每月还100") == "每月还1000，每月还100"


ASKED = {"event": "bot", "text": "", "data": {}, "metadata": {"utter_action": who_writes.DOUBT}}


@pytest.mark.parametrize(
    ("intent", "said", "is_he"),
    [
        ("affirm", "是的", True),
        ("inform", "我自己打错了", True),
        ("inform", "是我本人", True),
        ("deny", "不是我本人", False),
        ("inform", "不是我本人借的", False),
        ("inform", "你们打错了", False),
        ("deny", "是我打错了，不是本人", False),
    ],
)
def test_an_account_is_opened_to_nobody_who_says_that_he_is_another(intent: str, said: str, is_he: bool) -> None:
    asked = turn(user("wrong_person", "打错了"), ASKED, user(intent, said))
    assert (who_writes.own_slip(asked) is not None) is is_he


@pytest.mark.parametrize(
    ("said", "then"),
    [
        ("我爸去世了", "action_cant_pay"),
        ("我妈上个月走了 实在顾不上", "action_cant_pay"),
        ("我要找律师告你们", "action_complain"),
        ("再骚扰我就找律师起诉你们", "action_complain"),
    ],
)
def test_the_borrower_who_speaks_for_himself_is_no_third_party(said: str, then: str) -> None:
    answer = stop_contact.ThirdParty().answer(turn(user("third_party", said)), Service("c", "m"))
    assert asyncio.run(answer).then == then
