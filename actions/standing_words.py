"""PURE · the words by which a message asks how something stands that was filed, and by which it asks something else."""

from __future__ import annotations

import re


def _one_of(*words: str) -> str:
    return f"(?:{'|'.join(words)})"


def _then(first: str, second: str, *, apart: int) -> str:
    """`second` after `first` in the same clause, with at most so many characters between."""
    return rf"{first}[^，。]{{0,{apart}}}{second}"


REFERENCE = re.compile(r"(?<![A-Za-z0-9])([CDHL])\s*(\d{6})\s*[-－—–]?\s*([0-9A-F]{6})(?![A-Za-z0-9])", re.IGNORECASE)
KINDS = {
    "complaint": re.compile("投诉|举报|反映"),
    "dispute": re.compile("异议|核实|核对|查清|查实"),
    "hardship": re.compile("延期|展期|缓|推迟|分期|减免|协商|停催|暂停|宽限|困难|方案|少还|晚还"),
    "limit": re.compile("额度|提额|复核|复审|固额|临额"),
}
# Somebody did something with what was filed, or says what came of it.
FILED = re.compile("申请|提交|登记|递交|答复|回复|处理|单号|编号|没批|不同意")
# Something of one's own that lies behind; without it the question may be one that is the same for everybody.
OWN = re.compile("我|了|的|上[次周个回]|昨|前[天几]|之前|没|怎么还|咋还")

# What the lender does with a thing that was filed, when he is through with it, and what is heard of it then.
_DECIDE = _one_of(
    *("批准?", "审批", "审核", "审", "核实", "核对", "处理", "解决", "查", "(?<!怎么)办", "通过", "同意"),
    *("答应", "受理", "搞定", "弄", "撤销?"),
)
_DONE = ("完", "好", "清楚?", "明白", "下来")
_NEWS = _one_of(
    *("结果", "结论", "下文", "回音", "音信", "消息", "动静", "答复", "回复", "回应", "信儿", "说法"),
    *("交代", "进度", "进展", "着落", "回话"),
)
_ANSWERS = ("回我", "回复", "答复")
_WHEN = _one_of(
    "什么时候", "啥时候?", "何时", "几时", "多会儿?", "多久", "哪天", "几号", "几天", "多长时间", "什么时间"
)
_END = ("[?？]", "$")  # of what is asked

_HOW_FAR = (  # 怎么样了 · 进度 · 到哪一步
    *("怎么?样了", "咋个?样" + _one_of("了", *_END), "如何了", "怎样了", "进度", "进展"),
    *("催(?:一催|一?下|促)", "(?<!还)到(?:哪|什么程度|啥)", "哪一?步", "什么(?:状态|情况)", "啥(?:状态|情况)"),
)
_HAS = _one_of("有", "出", "给", "没", "等", "见", _WHEN, "告诉", "查", "看", "说好的", "知道", "的")
_ANY_NEWS = (  # 有结果吗 · 什么时候给答复 · 结论呢
    _then(_HAS, _NEWS, apart=6),
    _then(_NEWS, _one_of("呢", "吗", "么", "没", "不", "出来", "下来", _WHEN, "是什么", "怎么"), apart=4),
    _then(_WHEN, _one_of(*_ANSWERS, _DECIDE, _NEWS), apart=8),
    _then(_one_of(*_ANSWERS, _NEWS), _WHEN, apart=4),
)
_OR_NOT = _one_of(  # 了吗 · 没有 · 得怎么样
    "了" + _one_of("吗", "没", "么", "嘛", "不", "啊", "呢", *_END),
    "没有?" + _one_of("[啊呀呢哦]", *_END),
    "[得到]" + _one_of("哪", "怎", "如何", "咋", "啥"),
)
_IS_IT_DECIDED = (  # 批了吗 · 处理好没有 · 审到哪了 · 批没批
    _DECIDE + _one_of(*_DONE, "得", "到") + "?" + _OR_NOT,
    _DECIDE + _one_of(*_DONE) + "(?:吗|没)",
    *("批没批", "过没过", "(?<!通)过了(?:吗|没)", "审没审", "同不同意", "通没通过", "到底" + _DECIDE),
)
_NOBODY_CARES = (  # 一直没人理 · 还没处理 · 谁负责
    _then(
        _one_of("没人", "没有人", "一直没", "一直不", "还没", "迟迟", "还不", "怎么没", "怎么不", "都没", "未") + "有?",
        _one_of("理", "管", "回", _DECIDE, _NEWS),
        apart=4,
    ),
    "谁.{0,2}" + _one_of(_DECIDE, "负责"),
)
_WHY_REFUSED = (  # 为什么没批 · 被驳回
    _then(
        "为(?:什么|啥|何)",
        _one_of("没通过", "没过", "没批", "不批", "拒", "不同意", "没同意", "不通过", "不行"),
        apart=8,
    ),
    *("凭什么.{0,4}(?:拒|不批)", "被(?:拒绝?|驳回)(?!之?后|以后)", "拒绝?了"),
)
_WHAT_WAS_FILED = (  # 申请过哪些 · 还有几件没处理
    "(?:提交|申请|登记|反映|投诉)过(?:哪些|什么|几)",
    _then("(?:哪些|几[个件])", "(?:没|还|在)(?:处理|办|批|审|完|答复)", apart=6),
)
_WHERE_IS_IT = (  # 我上次申请的延期呢
    _one_of("上[次回周个]", "之前", "前[几两]?天", "昨天", "我")
    + "[^，。]{0,4}"
    + _one_of("申请", "提交", "登记", "提")
    + "[过了]?的[^，。]{0,6}呢",
)
_NUMBER = ("(?:编号|单号|受理号|工单)(?:是|呢|的)*(?:多少|几|什么|啥|来着)", "(?:多少|几|什么|啥)(?:编号|单号)")
STANDS = re.compile(
    "|".join(
        _HOW_FAR + _ANY_NEWS + _IS_IT_DECIDED + _NOBODY_CARES + _WHY_REFUSED + _WHAT_WAS_FILED + _WHERE_IS_IT + _NUMBER
    )
)

# Wants it now, or how it would be: a wish of its own, or a question alike for everybody.
_FILE = _one_of(
    *("申请", "投诉", "举报", "延期", "展期", "提额", "协商", "反映", "提异议", "分期", "减免", "缓", "宽限", "推迟"),
    *("暂停", "少还", "晚还", "调额"),
)
_WANTS = _one_of(
    *("我要", "我想", "我来", "想要", "打算", "要去", "怎么", "怎样", "如何", "能不能", "能否", "可不可以", "可以"),
    *("希望", "请求", "求", "帮我", "给我"),
)
_WISHES = (  # 我想再申请 · 能给我延期 · 要投诉
    _WANTS + _one_of("再", "先", "去", "给我", "帮我", "你们") + "*" + _FILE,
    "(?<!可)(?<!不)能" + _one_of("再", "给", "帮", "先", "我", "们") + "*" + _FILE,
    *("要投诉", "去投诉", "投诉你"),
)
_IN_GENERAL = ("如果", "假如", "要是", "一般", "通常", "会(?:不会|被|给|发|有)")
WISH = re.compile("|".join(_WISHES + _IN_GENERAL))

# An application for a loan, a card, a phone call about it: not filed here.
ELSEWHERE = re.compile(
    _one_of(
        *("贷款", "借款", "放款", "打款", "下款", "家电", "医美", "开通", "提现", "退款", "征信"),
        *("借呗", "花呗", "白条", "金条", "微粒贷", "随心借", "有钱花"),  # of others
        *("[电來来]电", "电话", "打给", "致电", "短信", "联系我", "专员", "经理", "审核员", "初审", "终审"),
        *("补件", "资料", "材料", "证明", "合同", "发票", "看到[^，。]{0,8}消息"),
    )
)
