"""The linter stops what must not be written and lets through what an honest agent says."""

from __future__ import annotations

import pytest

from service.domain.collect.outreach import Surface
from service.domain.collect.wording import lint
from tests.domain.collect.policy_of import policy

FORBIDDEN = {
    "authority": (
        "公安机关将立案调查您",
        "法院已判决，请马上处理",
        "派出所今天会联系你",
        "这里是市检察院，您的案件已到",
        "再不处理我们就报警抓人",
        "你这已经构成诈骗，要负刑事责任",
        "案件将移交公安经侦",
        "已给您发出传票",
    ),
    "threat": (
        "不还钱就等着坐牢",
        "后果自负，别说没提醒过你",
        "拖下去你会被判刑",
        "再不接电话就别怪我们不客气",
        "我知道你家在哪",
        "给你好看",
        "坐 牢 是 早 晚 的 事",
        "坐*牢",
    ),
    "visit": (
        "明天派人上门抓人",
        "我们会到你单位去找你",
        "外访人员已经出发去您家",
        "今晚上门催收",
    ),
    "third_party": (
        "不处理就通知你单位领导",
        "我们会打电话给你父母",
        "准备爆通讯录了",
        "让你的同事都知道你欠钱",
        "把你的照片公布出去",
        "只好联系您的紧急联系人",
    ),
    "consequence": (
        "你会被列入失信黑名单",
        "您的征信会永久留下污点",
        "会影响你孩子上学",
        "限制你坐高铁飞机",
        "冻结您名下所有银行卡",
        "这辈子别想再贷款",
    ),
    "litigation": (
        "今天不还就起诉",
        "我们将对您提起诉讼",
        "法务部已经介入",
        "明天就走法律程序",
        "律师函已经准备好",
        "法院见",
    ),
    "abuse": ("你就是个骗子", "要点脸吧", "欠钱不还真不要脸", "你这个老赖皮，滚"),
    "extra_fee": ("逾期需要缴纳催收费200元", "请先支付解冻费", "另外要承担上门费"),
    "new_borrowing": ("可以先去别的平台借一点来还", "刷信用卡套现还上", "找你父母借点钱", "借新还旧就行"),
    "private_account": ("请把钱转到我的微信", "打款到这个个人账户", "直接扫我的收款码", "转给专员的银行卡"),
    "private_contact": ("加我微信聊", "私下解决就好", "请打我手机"),
}
HARMLESS = (
    "您好，请问有什么可以帮您？",
    "您的账单是 806.19 元，到期日是 11 月 18 日。",
    "现在还款可以点“马上还款”，几分钟就到账。",
    "您可以先还一部分，剩下的约定一个日期。",
    "我们不会联系您的家人和单位，请放心。",
    "我们不会上门，也不收任何催收费。",
    "请勿向任何个人账户转账，只在官方App里还款。",
    "谨防冒充公安要求转账的骗局。",
    "如有人自称法院工作人员要求您付款，请先联系我们核实。",
    "普通逾期不会坐牢，请不要太担心。",
    "如果您对处理结果不满意，也可以向有关部门投诉。",
    "请不要为了还款再去借高息贷款，先和我们商量。",
    "逾期会按合同约定产生罚息，每天计算。",
    "逾期信息会按规定如实报送征信系统，还清后会更新。",
    "您的异议我已经登记，核实期间不会再提醒您。",
    "我帮您查一下最近的还款记录。",
    "提前结清不收手续费，按实际天数计息。",
    "您说的困难我理解，方便讲讲现在的收入情况吗？",
    "需要的材料是收入变化的证明，上传到App就可以。",
    "我是坐席苏禾，接下来由我为您服务。",
    "客服每天 8:30 到 20:30 在线。",
    "您的额度目前可用 30,000 元。",
    "这笔是 6 月购买冰箱的分期，一共 12 期。",
    "扣款失败多半是余额不足，存够后会再扣一次。",
    "您换了手机号的话，请在App的“安全中心”修改。",
    "为了保护您的账户，请先登录后再查询。",
    "请不要把验证码告诉任何人，包括自称客服的人。",
    "合同可以在App的“我的借款”里查看和下载。",
    "已经收到您的付款，谢谢！",
    "本月 25 日前还上就可以。",
    "您可以按自己的节奏来，先定一个能做到的日期。",
    "如果身体不舒服，先照顾好自己，这边可以暂停提醒。",
    "您的诉求我会转给负责的同事，15 天内答复您。",
    "我们是持牌机构，还款只走App和绑定的银行卡。",
    "年化利率以您签约时看到的为准。",
    "发票请在“订单”里申请。",
    "您提到家里有人生病，需要我介绍一下困难方案吗？",
    "下个月工资到账后再还也可以，最晚约到 30 天内。",
    "您方便的话，我们明天上午再聊。",
    "方案通过后，未到期的几期会顺延。",
    "账户里的预存款会在下个还款日自动抵扣。",
    "这条消息不是您本人收到的话，请告诉我们，我们会停用这个号码。",
    "您公司的地址有变化吗？可以在App里更新。",
    "如果已经被骗，请马上拨打 110 报警。",
    "请不要转账到任何个人账户。",
    "感谢您的耐心等待，祝您生活愉快。",
)


@pytest.mark.parametrize(("row", "text"), [(row, text) for row, texts in FORBIDDEN.items() for text in texts])
def test_forbidden_words_are_found_by_the_row_that_forbids_them(row: str, text: str) -> None:
    assert f"wording_{row}" in {breach.code for breach in lint(text, rules=policy().wording)}


@pytest.mark.parametrize("text", HARMLESS)
def test_what_an_honest_agent_says_passes(text: str) -> None:
    assert lint(text, rules=policy().wording) == ()


def test_the_lists_are_long_enough_to_mean_something() -> None:
    assert sum(len(texts) for texts in FORBIDDEN.values()) >= 40
    assert len(HARMLESS) >= 40


def test_litigation_may_be_mentioned_once_a_person_has_decided_it() -> None:
    text = "我们将对您提起诉讼"
    assert lint(text, rules=policy().wording)
    assert lint(text, rules=policy().wording, litigation_decided=True) == ()


@pytest.mark.parametrize(
    ("text", "row"),
    [
        *((text, "debt_words") for text in ("您的欠款", "已逾期", "请尽快还款", "贷款合同", "本期账单")),
        *((text, "amounts") for text in ("806.19元", "￥300", "三百块钱")),
    ],
)
def test_a_surface_others_may_read_shows_no_debt(text: str, row: str) -> None:
    assert lint(text, rules=policy().wording, surface=Surface.VERIFIED) == ()
    assert [one.code for one in lint(text, rules=policy().wording, surface=Surface.OPEN)] == [f"wording_{row}"]


@pytest.mark.parametrize("text", ["坐​牢", "坐　牢", "坐-牢", "催收費", "缴纳 催 收 费"])
def test_signs_between_characters_and_traditional_ones_do_not_hide_the_words(text: str) -> None:
    assert lint(text, rules=policy().wording)


@pytest.mark.parametrize(
    "text", ["不会还钱就等着坐牢", "没有还款就坐牢", "不会放过你的，通知你单位", "不要逼我们去你家", "不还会坐牢"]
)
def test_a_denial_of_something_else_acquits_nothing(text: str) -> None:
    assert lint(text, rules=policy().wording)
