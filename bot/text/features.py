"""What the intent classifier sees of a text: characters, the words of our dictionary, and how it sounds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from itertools import pairwise

from pypinyin import Style, lazy_pinyin

from bot.text.dates import find_dates
from bot.text.normalize import normalize
from bot.text.numerals import find_amounts

# What borrowers call the two kinds of products, of whichever lender: one sign each, so that what was learnt of
# one name holds for all. Longer names first.
_NAMES = (
    ("购", "蚂蚁花呗 支付宝花呗 微信分付 先用后付 购物额度 花呗 分付 白条 月付"),
    ("贷", "微信微粒贷 蚂蚁借呗 支付宝借呗 随心借 小粒贷 微粒贷 网商贷 信用贷 现金贷 小额贷 微粒 借呗 金条"),
)
_ANY_DAY = date(2026, 1, 15)  # which day is named does not matter here, only that one is
_SIGN = {name: f"<{sign}>" for sign, names in _NAMES for name in names.split()}
_NAME = re.compile("|".join(sorted(map(re.escape, _SIGN), key=len, reverse=True)))
_NUMBER = re.compile(r"\*{2,}|(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_EDGES = re.compile(r"^(?:\d[:.、]|[,.。、:;!?~\s]+)|[,.。、:;~\s]+$")
_POLITE = re.compile(
    r"^(?:你好|您好|亲|在吗|请问(?:一下|下)?|麻烦(?:问一?下)?|问一?下|那个|哎|喂|嗨|hello|hi)[,.。!?~、\s]*(?=.)"
)
_EMOTE = re.compile(r"/(?:发呆|微笑|流泪|大哭|抓狂|尴尬|发怒|可怜|疑问|晕|衰|再见|强|握手)")


@lru_cache(maxsize=16)  # each view of a text asks for it
def canonical(typed: str) -> str:
    """The text with product names, amounts, days, greetings and noise reduced to what an intent may hang on."""
    text = _EMOTE.sub("", normalize(typed).text)
    text = _EDGES.sub("", text)
    text = _POLITE.sub("", _POLITE.sub("", text)) or text
    text = _NAME.sub(lambda m: _SIGN[m.group()], _without_values(text))
    return _NUMBER.sub("0", text)


def _without_values(text: str) -> str:
    """Amounts, days and vague days as one sign each: 周四 teaches what 周五 means."""
    spans = [(d.start, d.end, "<期>" if d.vague else "<日>") for d in find_dates(text, today=_ANY_DAY)]
    for amount in find_amounts(text):
        if not any(start < amount.end and amount.start < end for start, end, _ in spans):
            spans.append((amount.start, amount.end, "<额>"))
    for start, end, sign in sorted(spans, reverse=True):
        text = text[:start] + sign + text[end:]
    return text


def letters(typed: str) -> list[str]:
    """Characters and pairs of neighbours, the edges of the text marked; longer runs only teach sentences by heart."""
    return list(_grams(_units(canonical(typed)), edges=True))


def gaps(typed: str) -> list[str]:
    """Pairs of characters with one to three between them: 额度…没 of 额度怎么没 and of 额度又没."""
    units = ["^", *_units(canonical(typed)), "$"]
    found = [f"{units[i]}~{other}" for i in range(len(units)) for other in units[i + 2 : i + 5]]
    return [pair for pair in found if pair != "^~$"]  # that a text is short says nothing of what it means


def sounds(typed: str) -> list[str]:
    """Syllables and pairs of them, without tones: 预期 and 逾期 are the same here."""
    flat = re.sub(r"<.>", "", canonical(typed))
    return list(_grams([_blurred(s) for s in lazy_pinyin(flat, style=Style.NORMAL)], edges=False))


def words(tokens: Iterable[str]) -> list[str]:
    """The tokens themselves."""
    return [token.lower() for token in tokens if token.strip()]


def _units(text: str) -> list[str]:
    return re.findall(r"<.>|[a-z]+|.", text)


def _grams(units: list[str], *, edges: bool) -> Iterator[str]:
    yield from units
    whole = ["^", *units, "$"] if edges else units
    yield from (f"{a} {b}" for a, b in pairwise(whole))


def _blurred(syllable: str) -> str:
    """Sounds that speakers of southern dialects do not tell apart are spelled one way."""
    plain = re.sub(r"^(z|c|s)h", r"\1", syllable)
    return re.sub(r"(?<=[ie])ng$", "n", plain)
