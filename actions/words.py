"""PURE · what a message plainly says, whatever the classifier calls it: whether it is a yes."""

from __future__ import annotations

import re

_NUMERAL = "零〇一二两三四五六七八九十百千万"
# A yes may move money, so it must be a yes from end to end. Not here: 可 and 得, which begin 可是, 可惜 and 得了吧.
_YES_WORD = (
    r"对(?!了)|是的?(?!错)|好(?:的|滴|哒|嘞)?|行|可以|确认|确定|正确|准确|无误|嗯|恩|没错|不错|没问题|没毛病|没意见|同意|当然"
    r"|必须的|得嘞|要的?(?!是)|需要|中|成|妥|不用改|不改|不变|就?这样|就是这样|就这么办|就那样|就按?这个(?:来|办)?|就?这么定"
    r"|按你说的(?:来|办)?|听你的|继续|照办|[来办弄]吧|提交|肯定|愿意|木问题|阔以|嗯哪|ok|okay|okk|yes|yep|👌|👍"
)
_DO_IT = r"(?:还款|还|付款|付|支付|扣款|扣|提交|办理|办|申请|登记|约定|约)(?:一下|吧|呀|啊|掉)?"
_SMALL = r"吧|呢|啊|呀|哦|噢|哈|啦|嘛|了|的|我|那|就|请|先|现在|马上|立即|立刻|帮我|给我|(?:谢谢|多谢|麻烦)[您你]?"
_SUM = rf"¥|[\d,.{_NUMERAL}]|元|块钱?"
_SIGNS = re.compile(r"[\s,，.。!！~～、;；:：…“”\"']+")
YES = re.compile(rf"(?:{_SMALL}|{_SUM})*(?:{_YES_WORD})(?:{_YES_WORD}|{_DO_IT}|{_SMALL}|{_SUM})*", re.IGNORECASE)
_ALONE = {"能", "可", "得", "y", "1"}  # each of them begins other words
# Words that repeat can be cut up in more and more ways: a yes is short, so that none takes long to refuse.
_LONGEST = 24
_DONE = re.compile(r"[还付扣](?:款|完|清)?了")  # 好的还了 tells of a payment, it orders none


def plainly_yes(text: str) -> bool:
    """A pressed button, or a whole phrase of yes-words and particles with nothing else in it."""
    if text.startswith("/"):
        return True
    bare = _SIGNS.sub("", text)
    if len(bare) > _LONGEST or _DONE.search(bare):
        return False
    return bare.lower() in _ALONE or bool(YES.fullmatch(bare))
