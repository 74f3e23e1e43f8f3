"""Which of many short texts a question is nearest to: runs of characters, the rarer the weightier, in whole numbers.

Chinese questions are short and written without blanks, so single characters and pairs say more than words. Each
text that leads to an answer is compared by itself (cosine), and what all of them together know of the question is
added, so that a question may mix two ways of asking; the answer's own words count for less.
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
RUNS = (1, 2)  # characters; runs of three made it worse (docs/knowledge.md)
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
    ("短信码", "验证码"), ("校验码", "验证码"), ("人脸", "刷脸"), ("扫脸", "刷脸"), ("拿去", "用来"), ("拿来", "用来"), ("父母", "爸妈"), ("要求", "条件"),
    ("步骤", "流程"), ("违法", "合法"), ("合规", "合法"), ("靠谱", "可信"), ("真的假的", "真的"), ("可靠", "可信"), ("几天", "多长时间"),
)  # fmt: skip

Vector = Mapping[str, int]
ANSWER = 300  # what a word of the answer counts, beside one of the questions


@dataclass(frozen=True, slots=True)
class Nearness:
    """0 to 1000. `all_in`: to all that leads to the answer; `closest`: to the nearest single way of asking, which
    is high only where neither says more than the other."""

    all_in: int
    closest: int


@dataclass(frozen=True, slots=True)
class Index:
    """`weights` of the runs; of each answer the vectors of the texts that lead to it with their squared lengths, every
    run of these, where each run is held (answer, number of the text), and the runs of what is answered."""

    weights: Mapping[str, int]
    unseen: int
    vectors: Mapping[str, tuple[tuple[Vector, int], ...]]
    holders: Mapping[str, tuple[tuple[str, int], ...]]
    asked: Mapping[str, frozenset[str]]
    answered: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, texts: Mapping[str, tuple[str, ...]], *, answers: Mapping[str, str]) -> Index:
        """`texts` that lead to an answer, and the answers, by the answer's id; the order is kept."""
        runs = {id: [frozenset(runs_of(text)) for text in own] for id, own in texts.items()}
        seen = Counter(run for own in runs.values() for run in frozenset().union(*own))
        weights = {run: _weight(len(texts), count) for run, count in seen.items()}
        vectors = {id: tuple(_measured({run: weights[run] for run in one}) for one in own) for id, own in runs.items()}
        held = [(run, (id, no)) for id, own in runs.items() for no, one in enumerate(own) for run in one]
        holders: dict[str, list[tuple[str, int]]] = {run: [] for run in weights}
        for run, where in held:
            holders[run].append(where)
        asked = {id: frozenset().union(*own) for id, own in runs.items()}
        answered = {id: frozenset(runs_of(answers[id])) for id in texts}
        unseen = _weight(len(texts), 1)
        return cls(weights, unseen, vectors, {run: tuple(own) for run, own in holders.items()}, asked, answered)

    def nearness(self, text: str) -> Mapping[str, Nearness]:
        """How near the text is to each answer, in their order."""
        vector, length = _measured({run: self.weights.get(run, self.unseen) for run in runs_of(text)})
        shared: Counter[tuple[str, int]] = Counter()
        for run, weight in vector.items():
            for where in self.holders.get(run, ()):
                shared[where] += weight * weight
        closest: dict[str, int] = dict.fromkeys(self.vectors, 0)
        for (id, no), dot in shared.items():
            closest[id] = max(closest[id], dot * WHOLE // isqrt(length * self.vectors[id][no][1]))
        return {id: self._near(id, vector, length, closest[id]) for id in self.vectors}

    def _near(self, id: str, vector: Vector, length: int, closest: int) -> Nearness:
        asked, answered = self.asked[id], self.answered[id]
        known = sum(
            weight * weight * (WHOLE if run in asked else ANSWER)
            for run, weight in vector.items()
            if run in asked or run in answered
        )
        return Nearness((2 * closest + 3 * (known // length if length else 0)) // 5, closest)


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


def _weight(answers: int, count: int) -> int:
    """Rarer runs weigh more; in thousandths of a natural logarithm."""
    return int((Decimal(answers + 1) / count).ln() * WHOLE)


def _measured(vector: Vector) -> tuple[Vector, int]:
    return vector, sum(weight * weight for weight in vector.values())
