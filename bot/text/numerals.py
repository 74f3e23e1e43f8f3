"""Which amounts of money a text names: 三千五 → 350000 fen, 两千块零五毛 → 200050, 1.2万 → 1200000, 一半 → the word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from bot.text.spelt import DIGITS, HAN, RUN, chinese_to_int, pieces

_LARGEST_FEN = 10**14
_SCALES = {"百": 100, "千": 1000, "万": 10_000, "w": 10_000}

_YUAN = r"块钱|块|元整|元|圆|rmb|人民币|大洋|yuan"
_ONE = f"[\\d{''.join(DIGITS)}]"
_POINT = r"(?:\.\d{1,2}(?!\d))?"
# 2,000 · 1,234.50; three figures before the comma may as well be two sums (500，600), where nothing says it is money.
_GROUPED = (
    rf"\d{{1,2}}(?:,\d{{3}})+(?![\d,]){_POINT}|\d{{3}}(?:,\d{{3}})+(?![\d,]){_POINT}(?=(?:{_YUAN})|$)"
    rf"|(?<=¥)\d{{1,3}}(?:,\d{{3}})+{_POINT}"
)
# 还 2 000: set apart by blanks only where it is all that is paid, for 28 300 may be a day and a sum.
_SPACED = rf"(?<=[还付交¥])\d{{1,3}}(?: \d{{3}})+(?![\d ]){_POINT}(?=(?:{_YUAN})|[吧,.。!]|$)"
_NUMBER = re.compile(
    rf"(?P<sign>¥|rmb:?|cny:?)?(?:(?P<arabic>(?:{_GROUPED}|{_SPACED}))(?P<scale>[百千万w])?|(?P<run>{RUN}))"
)
# What no fen is left out by: 三块五, 五毛五, 零五分; of 500元300元 and 500元3期 the second number is another.
_NO_CENTS = rf"(?![\d,.{HAN}kw%号日月期天个年周次笔点折倍分毛角元块])"
_FEN = "分(?!期|之|钟)"
_CENTS = (
    rf"(?<=[块元圆钱])(?:零?{_ONE}[毛角](?:零?{_ONE}(?:{_FEN}|{_NO_CENTS}))?|零?{_ONE}{_FEN}|零?{_ONE}{_NO_CENTS}|零)?"
)
_TAIL = re.compile(
    rf"(?P<more>多(?!一分|的|退)|[几来余]|出头|不到|\+)?(?P<yuan>{_YUAN})?(?P<late>多(?!一分|的|退)|出头|不到|(?<=[块元])几)?"
    rf"(?P<cents>{_CENTS})?(?P<pre>来?钱)?"
)
# Less than a yuan. 分 alone is also a mark, a minute and an instalment, so that it must be the end of what is said.
_CHANGE = re.compile(
    rf"(?<![\d.{HAN}块元毛角])(?:(?P<jiao>{_ONE})(?:毛|角)(?![党病线度色落])(?:零?(?P<after>{_ONE})分?(?![期之钟\d]))?"
    rf"|(?P<fen>{_ONE})分(?=钱|$|[,.。!?~吧呢啊行可好]))钱?"
)
# A number followed by one of these counts something else than money.
_OTHER_UNITS = re.compile(
    r"(?:个|期|天|日(?!期)|号|月(?![底末初薪])|年(?![底末前后薪])|周(?![一二三四五六日天末])|点|时|小时|分钟|分期|分之|分|秒|次|笔|张|位|家|人|条|遍|回|岁|折|楼|层|%|％|厘|(?:星期|礼拜)(?![一二三四五六日天末])|倍|季|成|半"
    r"|毛|角|样|下(?!下?个?(?:月|周|星期|礼拜)|一?个\d)|些|直|定|起|般|共|旦|切|会|边|道|方|样|步|口|种|段|套|部|台|句|字|g|号码|[/\-:]\d|\.\d|o+(?![a-z])|e\d"
    r"|美元|美金|刀|港币|港元|日元|欧元|英镑|韩元|usd)"
)
_OTHER_BEFORE = re.compile(
    r"(?:尾号|卡号|末四位|后四位|手机号?|电话|号码|验证码|第|周|星期|礼拜|编号|工号|订单号|密码|qq|微信|[a-z_.\-/:]|[年月])(?:是|为|:)?$"
    rf"|\d$|分之$|(?:\d|[{HAN}])点$|\d。$|\$$"
)
# 五四一点三, as voice input writes it; 二十三点五分 and 十二点三十 are of a clock.
_POINTED = re.compile(
    rf"(?<![{HAN}\d])(?P<whole>[{HAN}]{{3,}})点(?P<part>[{''.join(DIGITS)}]{{1,2}})(?![{HAN}\d分半钟])(?:{_YUAN})?"
)
# Said before a sum, these make it a rough one; so does a sum that begins with its unit (百八十, 上千, 几百, 千把块).
_ROUGHLY = re.compile(r"(?:[几数小]|好几|(?<![最附])近|接近|不到|不足|(?<![尽赶])快(?:到)?)$")
_BEGINS_WITH_A_UNIT = re.compile("[百佰千仟万亿k]")
_TIMES = re.compile(rf"的?[\d{HAN}几]倍")  # 最低的两倍 is another sum
_TIMES_BEFORE = re.compile(rf"[\d{HAN}几]倍的?$")
# Between two sums, these leave open which is meant.
_EITHER = re.compile(rf"(?:{_YUAN})?(?:[ 、,]|,?(?:到|至|~|或者?|还是|要么|最多|顶多|至多|不超过)(?:还|付)?|-)")
_CUT = re.compile(r"。\d")
_FROM = re.compile("[从由]$")
_SAID_AGAIN = re.compile(r"[整]?[((]")
# 每月五百, where 五月五百 would be a day and something else.
_A_MONTH = re.compile(r"(?:每|个)月$")
_MONTHLY_AT_LEAST = 100  # 每月15 may as well be a day
_IDIOMS = re.compile(
    rf"(?<![{HAN}\d])(?:万一|千万(?!元|块)|一万个|七七八八|三三两两|一五一十|百分|万分|十分)|乱七八糟|(?<![还付交{HAN}\d])一块儿?(?=都|给|[还付结交弄])"
    r"|一[分毛角]钱?[都也不没]|(?:没有?|无|拿不出)一[分毛角]钱?"  # not a cent
)


@dataclass(frozen=True, slots=True)
class FoundAmount:
    """An amount in integer fen at text[start:end]; `about` where it was said to be inexact (一千多)."""

    fen: int
    start: int
    end: int
    text: str
    about: bool = False


@dataclass(frozen=True, slots=True)
class FoundWord:
    """bill · minimum · all · half, said instead of an amount, at text[start:end]."""

    word: str
    start: int
    end: int
    text: str


_WORDS = (
    # 把账单全还了 means what was stated, not what has been spent since.
    ("bill", re.compile(r"(?:账单|本期|这一?期|当期)的?(?:(?:全部?都?|都)[还付交]|全额)")),
    # What keeps out of arrears is all that is overdue, and no more.
    (
        "minimum",
        re.compile(
            r"到不(?:再|算)?逾期(?:为止)?|逾期的(?:部分|金额|钱|那期|那笔)?|逾期(?:部分|金额|那期|那笔)|(?<=[还付清交])逾期|逾期(?=[还付结])"
        ),
    ),
    ("minimum", re.compile(r"最低(?:还款额|还款|额度?|应还)?|最少(?:还|的)?(?![\d一二两三四五六七八九])")),
    ("half", re.compile(r"一半(?!多|以上|的一半|不到)|半数(?!以上)|二分之一|50%|百分之五十")),
    (
        "all",
        re.compile(
            r"全部(?:还|结)?清?|全都|全额|全还|全款|一次性|所有(?:的)?(?:钱|欠款|账单)?|结清|还清|还完|付清|都还了?|一分不少"
        ),
    ),
    (
        "bill",
        re.compile(
            r"(?:本期|这一?期|当期|本月|这个?月|当月)(?:的)?(?:账单|应还|欠款)?|账单(?:金额)?|应还(?:金额|的)?|欠的"
        ),
    ),
)


def find_amounts(text: str, *, bare: bool = True) -> tuple[FoundAmount, ...]:
    """Every amount in a normalized text, in order. `bare` also takes numbers without 元 or 万, yuan meant."""
    blocked = [m.span() for m in _IDIOMS.finditer(text)]
    found = [
        one
        for one in sorted(
            (*_pointed(text), *_candidates(_POINTED.sub(_blank, text), bare=bare), *_change(text)),
            key=lambda one: one.start,
        )
        if not any(start < one.end and one.start < end for start, end in blocked)
    ]
    return tuple(_which_is_open(_said_once(found, text), text))


def _said_once(found: list[FoundAmount], text: str) -> list[FoundAmount]:
    """500元（伍佰元） is one sum."""
    return [
        one
        for before, one in zip([None, *found], found, strict=False)
        if not (before and before.fen == one.fen and _SAID_AGAIN.fullmatch(text[before.end : one.start]))
    ]


def _which_is_open(found: list[FoundAmount], text: str) -> Iterator[FoundAmount]:
    """Of 500到800, 五百或者六百 and 1,2000 neither is meant for sure; from one to another is the other."""
    open_ = {
        place
        for at, (one, other) in enumerate(pairwise(found))
        if _EITHER.fullmatch(text[one.end : other.start]) and not _FROM.search(text[: one.start])
        for place in (at, at + 1)
    }
    return (replace(one, about=one.about or at in open_) for at, one in enumerate(found))


def _candidates(text: str, *, bare: bool) -> Iterator[FoundAmount]:
    position = 0
    while match := _NUMBER.search(text, position):
        position = max(match.end(), match.start() + 1)
        for number in _numbers(match):
            if found := _read(number, text, signed=bool(match["sign"]), bare=bare):
                position = max(position, found.end)
                yield found


@dataclass(frozen=True, slots=True)
class _Number:
    """What is written at text[start:end] and the yuan that it spells; `arabic` without any unit."""

    yuan: Decimal
    start: int
    end: int
    written: str

    @property
    def arabic(self) -> bool:
        return not any(c in HAN or c in "kw" for c in self.written)


def _numbers(match: re.Match[str]) -> Iterator[_Number]:
    if written := match["arabic"]:
        value = Decimal(re.sub("[, ]", "", written)) * _SCALES.get(match["scale"], 1)
        yield _Number(value, match.start(), match.end(), match.group())
        return
    start = match.start("run")
    for piece in pieces(match["run"]):
        if piece.value is not None:
            first = match.start() if piece.start == 0 else start + piece.start
            yield _Number(piece.value, first, start + piece.end, match["run"][piece.start : piece.end])


def _pointed(text: str) -> Iterator[FoundAmount]:
    for match in _POINTED.finditer(text):
        whole = chinese_to_int(match["whole"])
        if whole is not None:
            tenths = "".join(str(_digit(c)) for c in match["part"]).ljust(2, "0")
            yield FoundAmount(100 * whole + int(tenths), match.start(), match.end(), match.group())


def _blank(match: re.Match[str]) -> str:
    return "\N{MEDIUM SHADE}" * len(match.group())


def _change(text: str) -> Iterator[FoundAmount]:
    """五毛 → 50 fen, 三毛五 → 35, 两分 → 2."""
    for match in _CHANGE.finditer(text):
        fen = 10 * _digit(match["jiao"] or "0") + _digit(match["after"] or match["fen"] or "0")
        yield FoundAmount(fen, match.start(), match.end(), match.group())


def _read(number: _Number, text: str, *, signed: bool, bare: bool) -> FoundAmount | None:
    tail = _TAIL.match(text, number.end)
    assert tail is not None
    marked = signed or bool(tail["yuan"] or tail["cents"] or tail["pre"])
    before = text[: number.start]
    if _OTHER_BEFORE.search(before) and not signed and not _monthly(number, before):
        return None
    if not marked and (not bare or _OTHER_UNITS.match(text, tail.end()) or not _alone_enough(number)):
        return None
    fen = number.yuan * 100 + _cents(tail["cents"] or "")
    if fen != int(fen) or not 0 <= fen <= _LARGEST_FEN:
        return None
    cut = not marked and _CUT.match(text, tail.end())  # 100。5
    rough = cut or tail["more"] or tail["late"] or _ROUGHLY.search(before) or _BEGINS_WITH_A_UNIT.match(number.written)
    said = text[number.start : tail.end()]
    return FoundAmount(int(fen), number.start, tail.end(), said, about=bool(rough))


def _monthly(number: _Number, before: str) -> bool:
    """每月五百: so much a month."""
    return bool(_A_MONTH.search(before)) and number.yuan >= _MONTHLY_AT_LEAST


def _alone_enough(number: _Number) -> bool:
    """A bare numeral must look like money: 一 in 一下 is none, 123456789012 is an account."""
    if number.arabic:
        return sum(c.isdigit() for c in number.written.split(".")[0]) <= 8
    return len(number.written) >= 2 and any(c not in DIGITS and not c.isdigit() for c in number.written)


def _digit(character: str) -> int:
    return int(character) if character.isdecimal() else DIGITS[character]


def _cents(said: str) -> int:
    """五毛 → 50, 零五分 → 5, a single digit after 块 → tenths (三块五)."""
    digits = [_digit(c) for c in said if c.isdecimal() or DIGITS.get(c)]
    if not digits:
        return 0
    if "毛" in said or "角" in said:
        return 10 * digits[0] + (digits[1] if len(digits) > 1 else 0)
    return digits[0] * (1 if "分" in said or said.startswith("零") else 10)


def find_words(text: str) -> tuple[FoundWord, ...]:
    """Words that stand for an amount, in order; where two overlap the one named first in `_WORDS` stays."""
    found: list[FoundWord] = []
    for word, pattern in _WORDS:
        for match in pattern.finditer(text):
            taken = any(f.start < match.end() and match.start() < f.end for f in found)
            times = _TIMES.match(text, match.end()) or _TIMES_BEFORE.search(text[: match.start()])
            if not taken and not times:
                found.append(FoundWord(word, match.start(), match.end(), match.group()))
    return tuple(sorted(found, key=lambda f: f.start))
