"""Whether a text speaks of ending one's life, said outright; better a person asked too often than once too rarely."""

from __future__ import annotations

import re

from bot.text.normalize import normalize

_SAID = re.compile(
    # the wish
    "自杀(?!(?:去世|身亡|了?的人))|自尽|轻生|寻死|寻短见|不想活|不要活了|不活[了啦]|活不下去|活不成|活不了了|没法活|活够了|活腻了|没有?活路"
    "|活着.{0,5}(?:没(?:有)?意(?:思|义)|累|受罪|煎熬|难受|干嘛|什么意义)|生无可恋|万念俱灰|勇气活|死路一条|绝路|想不开|做傻事"
    "|想死|去死(?!吧你)|死了(?:算|得了|拉倒|省心|倒|一了|干净|你们|就(?:不用|没|解脱|好))|一死了之|一了百了|(?:想|就|能|只想|就能)解脱"
    "|死给你|我会死|[让有]我死|不如死|只[能有]死|死在你们|以死|怎么死|我死了(?:债|保险|你们|好)|逼死|寻个?死|死个?了断"
    "|结束(?:自己的)?生命|了结(?:自己|此生|生命)|自[我行]了[断结]|同归于尽|(?:全家|孩子|家人)一(?:起|同|块)(?:死|走|跳)"
    "|不想在(?:世|了)|想(?:从世界上)?消失|醒不?过来|永远睡|别醒来|先走(?:一步|了)|永别|和?世界告别|来[世生](?:再)?[见还]|下辈子(?:再见|做牛)"
    "|绝望|离开(?:这个|人)(?:世界|世|间)|活不到|遗书|遗言|收尸|死讯|领尸体|后事都?(?:安排|交代)|最后一(?:条消息|次(?:跟|和)你们说话)|拿命抵|命(?:赔|给)你们|我这条命"
    # the way
    "|跳楼|跳河|跳江|跳海|跳桥|跳井|跳下去|往下跳|想(?:从窗户)?跳|我(?:现在)?就跳|(?:在|上|站)了?(?:楼顶|天台|铁轨|轨道|桥边|\\d*楼?窗台)|(?:站|走)(?:在|到|上)?(?:桥上|江边|海里)"
    "|割腕|割脉|割过?一?次?腕|手腕(?:划|割|切|在流血)|划开?了?手腕|划自己|(?:伤害?|烫|撞|烧了?)自己|自[残伤焚](?!险)|上吊|吊死|烧炭|炭都?买好?"
    "|煤气(?:已经)?(?:打|拧)?开|开煤气|安眠药|喝药|死法|百草枯|敌敌畏|农药|老鼠药|(?:喝|吃|吞)(?:了|下)*(?:一?整瓶药|一把药)|别救我"
    # written round the filters of chat apps
    "|自[鲨沙砂刹]|自s|紫砂(?!壶|锅|杯)|不想[火或]了|火不下去了|想[屎四噶嘎]了"
)
_IDIOM = re.compile(
    r"楼顶.{0,4}(?:太阳能|干活|施工|晒)|(?:烦|气|累|困|热|饿|笑|忙|急|催)死(?:我|人)?了?|想死你(?!别)|你去死|死机|死循环"
)


_NOTHING = re.compile(r"(?:[我真都快要也又太可了啊呀哈呵嘿嘻额哎唉~,.!?。…的]|今天|天天|简直)*")


def is_crisis(typed: str) -> bool:
    """True where self-harm is named; idioms such as 烦死了 are taken out first."""
    return bool(_SAID.search(_IDIOM.sub("", normalize(typed).text)))


def is_idiom(typed: str) -> bool:
    """True where 笑死我了 and the like are all that is said, whatever the classifier hears in them."""
    text = normalize(typed).text
    return bool(_IDIOM.search(text)) and bool(_NOTHING.fullmatch(_IDIOM.sub("", text)))
