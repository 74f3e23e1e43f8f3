"""Which of many short texts a question is nearest to: runs of characters, the rarer the weightier, in whole numbers.

Chinese questions are short and written without blanks, so runs of one to three characters say more than words. Each
text that leads to an answer is compared by itself (cosine), and what all texts of the answer know of the question is
added, so that a question may mix two ways of asking.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import isqrt

WHOLE = 1000
# How much a run of so many characters counts: one alone says little, three in a row are often chance.
RUNS = {1: 4, 2: 10, 3: 7}
_SIGNS = re.compile(r"[^0-9a-z%\u4e00-\u9fff]+")
# Said in any question, and asking nothing.
_EMPTY = re.compile(
    r"请问一?下?|我?想(?:问|知道|咨询|了解)一?下?|麻烦|帮我?(?:看|查)一?下|你好|您好|在吗|[我你您的了呢啊呀吧吗嘛哦噢么]|一下|那个|这个|就是"
)
# Other ways of saying, and slips of the input method: the usual word stands for all of them.
_SAME = (
    ("帐", "账"), ("预期", "逾期"), ("愈期", "逾期"), ("零时", "临时"), ("换款", "还款"), ("还贷", "还款"), ("利益", "利息"),
    ("咋样", "怎么"), ("咋个", "怎么"), ("咋", "怎么"), ("怎样", "怎么"), ("如何", "怎么"), ("怎么办", "怎办"),
    ("怎么弄", "怎么"), ("怎么搞", "怎么"), ("啥时候", "何时"), ("什么时候", "何时"), ("什么时间", "何时"), ("多会儿", "何时"),
    ("几时", "何时"), ("为啥", "为何"), ("为什么", "为何"), ("凭什么", "为何"), ("怎么会", "为何会"), ("啥", "什么"),
    ("能不能", "能否"), ("可不可以", "能否"), ("可以", "能"), ("能够", "能"), ("会不会", "会否"), ("是不是", "是否"),
    ("要不要", "是否要"), ("有没有", "有无"), ("多久", "多长时间"), ("手机号码", "手机号"), ("电话号码", "手机号"),
    ("信用报告", "征信报告"), ("信用记录", "征信记录"), ("提早", "提前"), ("违约金", "手续费"),
    ("短信码", "验证码"), ("校验码", "验证码"), ("人脸", "刷脸"),
)  # fmt: skip

Vector = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Index:
    """`weights` of the runs, and of each answer the vectors of its texts with their squared lengths, and every run."""

    weights: Mapping[str, int]
    unseen: int
    vectors: Mapping[str, tuple[tuple[Vector, int], ...]]
    runs: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, texts: Mapping[str, tuple[str, ...]]) -> Index:
        """`texts` by the id of the answer they lead to; the order is kept."""
        counted = {id: [Counter(runs_of(text)) for text in own] for id, own in texts.items()}
        seen = Counter(run for own in counted.values() for run in set().union(*own))
        weights = {run: _weight(run, len(texts), count) for run, count in seen.items()}
        vectors = {id: tuple(_measured(_vector(one, weights, 0)) for one in own) for id, own in counted.items()}
        runs = {id: frozenset().union(*own) for id, own in counted.items()}
        return cls(weights, int(Decimal(len(texts) + 1).ln() * WHOLE), vectors, runs)

    def nearness(self, text: str) -> list[int]:
        """How near the text is to each answer, 0 to 1000, in their order."""
        asked, length = self._asked(text)
        return [self._near(asked, length, id) for id in self.vectors]

    def nearness_of(self, id: str, text: str) -> int:
        asked, length = self._asked(text)
        return self._near(asked, length, id)

    def _asked(self, text: str) -> tuple[Vector, int]:
        return _measured(_vector(Counter(runs_of(text)), self.weights, self.unseen))

    def _near(self, asked: Vector, length: int, id: str) -> int:
        if not length:
            return 0
        closest = max(_cosine(asked, length, vector, other) for vector, other in self.vectors[id])
        known = sum(weight * weight for run, weight in asked.items() if run in self.runs[id])
        return (2 * closest + known * WHOLE // length) // 3


def fold(text: str) -> str:
    """The text without what tells no question from another: width, case, signs, politeness, ways of saying."""
    plain = _SIGNS.sub("", unicodedata.normalize("NFKC", text).lower())
    for written, meant in _SAME:
        plain = plain.replace(written, meant)
    return _EMPTY.sub("", plain) or plain


def runs_of(text: str) -> Iterator[str]:
    folded = fold(text)
    for size in RUNS:
        yield from (folded[at : at + size] for at in range(len(folded) - size + 1))


def _weight(run: str, answers: int, count: int) -> int:
    """Rarer runs weigh more; in thousandths of a natural logarithm."""
    rarity = (Decimal(answers + 1) / count).ln() * WHOLE
    return int(rarity) * RUNS[len(run)] // 10


def _vector(counted: Counter[str], weights: Mapping[str, int], unseen: int) -> Vector:
    return {run: weights.get(run, unseen * RUNS[len(run)] // 10) for run in counted}


def _measured(vector: Vector) -> tuple[Vector, int]:
    return vector, sum(weight * weight for weight in vector.values())


def _cosine(asked: Vector, length: int, vector: Vector, other: int) -> int:
    shared = sum(weight * vector[run] for run, weight in asked.items() if run in vector)
    return shared * WHOLE // isqrt(length * other) if shared else 0
