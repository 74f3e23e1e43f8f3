"""Which amounts of money a text names: 三千五 → 350000 fen, 两千块零五毛 → 200050, 1.2万 → 1200000, 一半 → the word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")}
_DIGITS |= {"〇": 0, "两": 2, "俩": 2, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9}
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_BIG = {"万": 10_000, "w": 10_000, "亿": 100_000_000}
_ARABIC_UNITS = {"百": 100, "千": 1000, "k": 1000, "万": 10_000, "w": 10_000, "亿": 100_000_000}
_LARGEST_FEN = 10**14

_HAN = "零〇一二两俩三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟"
_CHINESE = rf"[{_HAN}]+"
_ARABIC = r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d{1,3}(?: \d{3})+(?!\d)(?:\.\d{1,2})?|\d+(?:\.\d+)?"  # 2,000 · 2 000
_YUAN = r"块钱|块|元整|元|圆|rmb|人民币|大洋"
_AMOUNT = re.compile(
    rf"(?P<sign>¥)?(?:(?P<arabic>{_ARABIC})(?P<scale>[百千k万w亿])?(?P<rest>(?<=[百千万w亿k])(?:\d(?!\d)|[一二三四五六七八九]))?"
    rf"|(?P<han>{_CHINESE}))(?P<more>[多几来余])?(?P<yuan>{_YUAN})?"
    rf"(?P<cents>(?<=[块元圆钱])(?:零)?(?:[\d一二两三四五六七八九](?:毛|角))?(?:零?[\d一二三四五六七八九](?:分(?!期|之|钟))?)?)?(?P<pre>来?钱)?"
)
_ONE = "[\\d一二两三四五六七八九]"
# Less than a yuan. 分 alone is also a mark, a minute and an instalment, so that it must be the end of what is said.
_CHANGE = re.compile(
    rf"(?<![\d.{_HAN}块元毛角])(?:(?P<jiao>{_ONE})(?:毛|角)(?![党病线度色落])(?:零?(?P<after>{_ONE})分?(?![期之钟\d]))?"
    rf"|(?P<fen>{_ONE})分(?=钱|$|[,.。!?~吧呢啊行可好]))钱?"
)
# A number followed by one of these counts something else than money.
_OTHER_UNITS = re.compile(
    r"(?:个|期|天|日|号|月(?![底末初])|年(?![底末前后])|周(?![一二三四五六日天末])|点|时|小时|分钟|分期|分之|分(?!钱)|秒|次|笔|张|位|家|人|条|遍|回|岁|折|楼|层|%|％|厘|(?:星期|礼拜)(?![一二三四五六日天末])|倍|季|成|半"
    r"|毛|角|样|下(?!下?个?(?:月|周|星期|礼拜)|一?个\d)|些|直|定|起|般|共|旦|切|会|边|道|方|样|步|口|种|段|套|部|台|句|字|g|号码|[/\-:]\d|\.\d)"
)
_OTHER_BEFORE = re.compile(
    r"(?:尾号|卡号|末四位|后四位|手机号?|电话|号码|验证码|第|周|星期|礼拜|编号|工号|订单号|密码|qq|微信|[a-z_.\-/:]|[年月]|\d)(?:是|为|:)?$"
)
# 每月五百, where 五月五百 would be a day and something else.
_A_MONTH = re.compile(r"(?:每|个)月$")
_MONTHLY_AT_LEAST = 100  # 每月15 may as well be a day
_IDIOMS = re.compile(
    rf"(?<![{_HAN}\d])(?:万一|千万(?!元|块)|一万个|七七八八|三三两两|一五一十|百分|万分|十分)|乱七八糟"
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
    ("minimum", re.compile(r"最低(?:还款额|还款|额度?|应还)?|最少(?:还|的)?")),
    ("half", re.compile(r"一半|半数|二分之一|50%|百分之五十")),
    (
        "all",
        re.compile(
            r"全部(?:还|结)?清?|全都|全额|全还|全款|一次性|所有(?:的)?(?:钱|欠款|账单)?|结清|还清|还完|付清|都还了?|一分不少"
        ),
    ),
    (
        "bill",
        re.compile(
            r"(?:本期|这一?期|当期|本月|这个?月|当月)(?:的)?(?:账单|应还|欠款)?|账单(?:金额)?|应还(?:金额|的)?|逾期(?:的(?:部分|金额|钱|那期|那笔)?|部分|金额|那期|那笔)|(?<=[还付清交])逾期|逾期(?=[还付结])|欠的"
        ),
    ),
)


def chinese_to_int(numeral: str) -> int | None:
    """三千五 → 3500 (the last digit counts in the next lower unit); None where it is no numeral."""
    if not numeral or any(c not in _DIGITS and c not in _UNITS and c not in _BIG for c in numeral):
        return None
    if all(c in _DIGITS for c in numeral):
        return int("".join(str(_DIGITS[c]) for c in numeral))
    total = section = digit = 0
    last_unit, seen_zero, pending = 1, False, False
    for character in numeral:
        if character in _DIGITS:
            if pending:
                return None
            digit, pending = _DIGITS[character], _DIGITS[character] != 0
            seen_zero = seen_zero if pending else True
        elif character in _UNITS:
            section += (digit if pending else 1) * _UNITS[character]
            digit, pending, last_unit, seen_zero = 0, False, _UNITS[character], False
        else:
            total = (total + section + digit) * _BIG[character]
            section, digit, pending, last_unit, seen_zero = 0, 0, False, _BIG[character], False
    if pending:
        section += digit * (last_unit // 10 if last_unit > 10 and not seen_zero else 1)
    return total + section


def find_amounts(text: str, *, bare: bool = True) -> tuple[FoundAmount, ...]:
    """Every amount in a normalized text, in order. `bare` also takes numbers without 元 or 万, yuan meant."""
    blocked = [m.span() for m in _IDIOMS.finditer(text)]
    return tuple(
        found
        for found in sorted((*_candidates(text, bare=bare), *_change(text)), key=lambda one: one.start)
        if not any(start < found.end and found.start < end for start, end in blocked)
    )


def _candidates(text: str, *, bare: bool) -> Iterator[FoundAmount]:
    position = 0
    while match := _AMOUNT.search(text, position):
        position = max(match.end(), match.start() + 1)
        if not match.group("arabic") and not match.group("han"):
            continue
        if found := _read(match, text, bare=bare):
            yield found


def _change(text: str) -> Iterator[FoundAmount]:
    """五毛 → 50 fen, 三毛五 → 35, 两分 → 2."""
    for match in _CHANGE.finditer(text):
        fen = 10 * _digit(match["jiao"] or "0") + _digit(match["after"] or match["fen"] or "0")
        yield FoundAmount(fen, match.start(), match.end(), match.group())


def _read(match: re.Match[str], text: str, *, bare: bool) -> FoundAmount | None:
    marked = bool(match.group("yuan") or match.group("sign") or match.group("cents") or match.group("pre"))
    before = text[: match.start()]
    if _OTHER_BEFORE.search(before) and not match.group("sign") and not _monthly(match, before):
        return None
    if not marked and (not bare or _OTHER_UNITS.match(text[match.end() :]) or not _alone_enough(match)):
        return None
    yuan = _yuan(match)
    if yuan is None:
        return None
    fen = yuan * 100 + _cents(match.group("cents") or "")
    if fen != int(fen) or not 0 <= fen <= _LARGEST_FEN:
        return None
    return FoundAmount(int(fen), match.start(), match.end(), match.group(), about=bool(match.group("more")))


def _monthly(match: re.Match[str], before: str) -> bool:
    """每月五百: so much a month."""
    return bool(_A_MONTH.search(before)) and (_yuan(match) or 0) >= _MONTHLY_AT_LEAST


def _alone_enough(match: re.Match[str]) -> bool:
    """A bare numeral must look like money: 一 in 一下 is none, 123456789012 is an account."""
    if han := match.group("han"):
        return len(han) >= 2 and any(c in _UNITS or c in _BIG for c in han)
    digits = _bare(match).split(".")[0]
    return len(digits) <= 8


def _yuan(match: re.Match[str]) -> Decimal | None:
    if han := match.group("han"):
        spelt = chinese_to_int(han)
        return None if spelt is None else Decimal(spelt)
    value = Decimal(_bare(match))
    if scale := match.group("scale"):
        unit = _ARABIC_UNITS[scale]
        value *= unit
        if rest := match.group("rest"):
            value += Decimal(_digit(rest)) * unit / 10
    return value


def _bare(match: re.Match[str]) -> str:
    """The digits without what sets thousands apart."""
    return re.sub("[, ]", "", match.group("arabic"))


def _digit(character: str) -> int:
    return int(character) if character.isdecimal() else _DIGITS[character]


def _cents(said: str) -> int:
    """五毛 → 50, 零五分 → 5, a single digit after 块 → tenths (三块五)."""
    if not said or said == "零":
        return 0
    fen = 0
    if jiao := re.search(r"([\d一二两三四五六七八九])(?:毛|角)", said):
        fen += _digit(jiao.group(1)) * 10
        said = said[jiao.end() :]
        if fen_digit := re.search(r"([\d一二三四五六七八九])", said):
            fen += _digit(fen_digit.group(1))
        return fen
    digit = re.search(r"([\d一二三四五六七八九])(分)?", said)
    assert digit is not None
    return _digit(digit.group(1)) * (1 if digit.group(2) or said.startswith("零") else 10)


def find_words(text: str) -> tuple[FoundWord, ...]:
    """Words that stand for an amount, in order; where two overlap the one named first in `_WORDS` stays."""
    found: list[FoundWord] = []
    for word, pattern in _WORDS:
        for match in pattern.finditer(text):
            if not any(f.start < match.end() and match.start() < f.end for f in found):
                found.append(FoundWord(word, match.start(), match.end(), match.group()))
    return tuple(sorted(found, key=lambda f: f.start))
