"""How much of a person the desk shows: enough to tell borrowers apart, too little to carry away."""

from __future__ import annotations

import re

# A bank card or an identity number (17 digits and a check mark); shorter numbers may be amounts or phones to call.
_LONG_NUMBER = re.compile(r"(?<![0-9])([0-9]{4})[0-9]{7,12}([0-9]{3}[0-9Xx])(?![0-9Xx])")


def mask_name(name: str) -> str:
    """周谷雨 → 周*雨, 张三 → 张*; one character stays."""
    if len(name) <= 1:
        return name
    return name[0] + "*" if len(name) == 2 else name[0] + "*" * (len(name) - 2) + name[-1]


def mask_phone(phone: str) -> str:
    """19900001234 → 199****1234; what is too short to keep seven digits of is hidden whole."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 11 else "*" * len(phone)


def mask_numbers(text: str) -> str:
    """Bank-card and identity numbers in free text keep their first and last four characters."""
    return _LONG_NUMBER.sub(r"\1********\2", text)


# One digit, as people also write it to get past a filter; amounts in words (三千五) have no six of these in a row.
_DIGIT = r"[\d零〇○一二三四五六七八九幺]"
_NUMBERS = re.compile(
    # A day (2026-11-23) and an amount with commas (1,200,000.00) stay; each is matched so that nothing else takes it.
    r"(?P<kept>(?<!\d)(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,3}(?:,\d{3}){1,2}(?:\.\d{1,2})?)(?![\d,-]))"
    # A run of six, or ten in groups as phones and cards are written; a check mark of an identity number goes with it.
    rf"|{_DIGIT}{{6,}}[Xx]?"
    rf"|{_DIGIT}(?:[\s\-‐-―_·,，.。]{{0,2}}{_DIGIT}){{9,}}[Xx]?"
)
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严华金魏陶姜谢邹苏潘葛范彭鲁韦马方任袁柳史唐薛雷贺倪汤罗"
    "郝毕安常于傅齐康伍余顾孟黄萧尹姚邵汪毛戴宋庞熊纪舒屈项祝董梁杜阮蓝季贾江郭林钟徐邱高夏蔡田胡霍万柯卢莫丁"
    "邓洪左石崔龚程邢裴陆翁甄芮段侯全班武刘龙叶白温庄柴阎连易廖耿匡文欧聂曾关丘岳"
)
_INTRODUCED = re.compile(rf"((?:我叫|名字叫|名字是|姓名[是：:]?)\s*)[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}")
SOMEBODY = "某某"


def mask_said(text: str, *, name: str = "") -> str:
    """A borrower's words without what tells who he is: his `name`, one he introduces, numbers, mail addresses.

    No run of six digits stays, spaced or not; shorter numbers, days and amounts with commas do, for they are what
    the sentence is about.
    """
    masked = _ADDRESS.sub("***", _without_name(text, name.strip()))
    masked = _INTRODUCED.sub(rf"\1{SOMEBODY}", masked)
    return _NUMBERS.sub(lambda found: found["kept"] or "***", masked)


def _without_name(text: str, name: str) -> str:
    """The whole name and, where it has two characters or more, the given name; and the family name before a title."""
    if len(name) < 2:
        return text
    for part in (name, name[1:]):
        if len(part) >= 2:
            text = re.sub(r"\W{0,2}".join(re.escape(sign) for sign in part), SOMEBODY, text, flags=re.IGNORECASE)
    return re.sub(rf"{re.escape(name[0])}(?=先生|女士|小姐)", SOMEBODY[0], text)
