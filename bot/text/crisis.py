"""Whether a text speaks of ending one's life, said outright; better a person asked too often than once too rarely."""

from __future__ import annotations

import re

from bot.text.normalize import normalize

_SAID = re.compile(
    "自杀|自尽|轻生|寻死|不想活|不活了|活不下去|活不成|没法活|活够了|活着(?:真|太|好)?(?:没(?:有)?意(?:思|义)|累)|生无可恋"
    "|没有?活路|死路一条|跳楼|跳河|跳江|跳海|跳桥|跳下去|(?:在|上)了?(?:楼顶|天台)|割腕|割脉|上吊|烧炭|开煤气"
    "|安眠药|百草枯|喝农?药|遗书|遗言|想死|去死(?!吧你)|死了(?:算了|一了|干净|你们)|一死了之|死给你|我会死|逼死我|不如死"
    "|结束(?:自己的)?生命|了结(?:自己|此生|生命)|想不开|同归于尽|带着孩子一起(?:死|走)"
)
_IDIOM = re.compile(r"(?:烦|气|累|困|热|饿|笑|忙|急|催)死(?:我|人)?了?|想死你|你去死|死机|死循环")


def is_crisis(typed: str) -> bool:
    """True where self-harm is named; idioms such as 烦死了 are taken out first."""
    return bool(_SAID.search(_IDIOM.sub("", normalize(typed).text)))
