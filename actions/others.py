"""PURE · whom a message speaks of: who writes, who is ill or dead, who was told of a debt, who used the phone."""

from __future__ import annotations

import re

from actions.words import KIN, QUESTION, SURNAMES, TOLD_OTHERS

_AT_WORK = "单位|公司|同事|老板|领导|前台|hr|家里|家人|亲戚|朋友|村里|邻居"
# Says that the one who writes is the borrower, after somebody else has written on the same phone.
IS_THE_BORROWER = re.compile(
    r"(?<!不)(?<!不是)(?<!非)(?:是我本人|我本人(?![^，。]{0,4}[没不未]))|我(?:就|才)?是(?:账户|借款|机主|[他她]|客户)?(?:的)?(?:本人|自己)|(?<!不是)(?:^|，|。|\s)(?:现在|这会儿|就)?是?(?:我)?本人(?:在用|操作)"
)
ONLY_SAYS_SO = re.compile(r"[现在这会儿我就才是账户借款机主他她的客本人自己在用啊呀了呢，。,.!！\s回来]+")
# 住院了 without a word of who is said of oneself; 我爸住院了 may be said of the borrower.
_ILL = (
    r"生病|病了|得病|住院|住进医院|医院里|化疗|放疗|透析|手术|"
    r"癌|肿瘤|白血病|尿毒症|icu|重症|确诊|[大重]病|瘫痪|骨折|车祸|受伤|隔离"
)
_OF_ONESELF = r"我(?:自己|本人|现在|最近|正|也|又|都|还|是|刚|得了?|生了?|患了?|在|因为|查出|被|[做动][完了过]?|，|\s)*"
_ILL_SELF = re.compile(rf"{_OF_ONESELF}(?:{_ILL}|病)", re.IGNORECASE)
_ILL_ALONE = re.compile(_ILL, re.IGNORECASE)
# 发错了 alone: by the one who writes, or by us.
SLIP = re.compile(
    r"(?:啊|哦|哎呀?|诶|额|不好意思|抱歉|对不起|刚才?|好像|是|，|,|\s)*[发打说写输按点弄搞]错了?[啊呀哈吧了。.!！~～\s]*"
)
# One's own number of before, which somebody else may have by now.
_OLD_NUMBER = re.compile(
    r"(?:旧|老|原来|以前|之前|原先|换掉)的?(?:那个?)?(?:手机|电话)?号码?(?!称)[^，。]{0,6}"
    r"(?:(?:别|不要|不用|停)[^，。]{0,3}(?:打|发|联系)|不是我(?:的(?!问题|错)|在用|用))"
    r"|(?:别|不要)[^，。]{0,4}(?:打|发|联系)[^，。]{0,4}(?:旧|老|原来|以前|之前)的?(?:那个?)?(?:手机|电话)?号(?!称)"
)
_ONLY_A_NAME = re.compile(rf"(?:我是|我叫|我的?名字[叫是]|本人)(?P<name>[{SURNAMES}][\u4e00-\u9fff]{{1,2}})[。.!！]?")
_OF_THE_FAMILY = re.compile(
    rf"我(?:才|就)?是(?!我)[^，。我]{{0,6}}的?(?:{KIN}|爸|妈|爹|娘|哥|姐|弟|妹|家属|亲属|室友)(?!的)"
    r"|[他她](?:不会|不方便|没空)[^，。]{0,10}(?:叫|让|托)我"
)
# Not 还没出来, and not who is yet to come: 半年后才能出来.
_BACK = re.compile(
    "(?:坐牢|服刑|劳改|看守所|监狱|拘留所?|戒毒所?|里面)(?:(?![没未不能会要等快后])[^。]){0,10}(?:出来|回来)(?!之?[以]?后|再)|刚出狱|(?<![没未等])出狱了"
)
_INSOLVENT = re.compile(
    r"破产(?:的|案|了?[，\s]*(?=[已被法]))?(?:已经?|被|法院|也|都)*(?:申请(?!延|分|缓|减|协商)|受理|裁定|清算|重整)"
    r"|(?:申请|裁定|宣告|受理)[^，。]{0,4}破产"
)
# An employer's insolvency takes the wages, and is a reason for help.
_A_FIRM = re.compile("公司|厂|单位|企业|老板|店")
_STUDIES = "学生|大学生|高中生|初中生|研究生"
_STUDENT = re.compile(
    rf"我(?:还|现在|只|就|才)*是[^，。家]{{0,5}}(?:{_STUDIES})(?!家长|的|妈|爸|意|.{{0,2}}时)"
    "|我(?:本人|自己|现在|目前|今年|还|也|才|都|正|大[一二三四]|高[一二三]|研[一二三]|本科|博士|硕士)*(?:在读|在上(?:大学|高中|初中|学)|没毕业)"
    "|我(?:还|今年|现在|才|只有|是)*(?:未成年|没满(?:18|十八)|1[0-7]岁(?!的))"
)
_UNDER_AGE = re.compile("未成年(?!的?(?:孩|子|儿|女|娃|弟|妹))|没满(?:18|十八)|(?:才|只有)1[0-7]岁(?!的)")
_GONE_SINCE = (
    "(?:上个?月|去年|今年|前[天几]|昨天|年初|年底|已经)+走了"
    "(?![^。]{0,10}(?:公司|单位|工作|上班|[离辞]职|外地|打工|出国))"
)
_PASSED = re.compile(f"(?:我[爸妈]|老[公婆]|父亲|母亲){_GONE_SINCE}")
# 他走了 has left, unless one of his family says it.
_PASSED_OF_HIM = re.compile(f"(?:[他她]|借款人|机主){_GONE_SINCE}")
_BEREAVED = re.compile(
    "我(?:才|就)?是(?!我)[^，。我]{0,6}(?:爸|妈|爹|娘|父|母|儿|女|老[公婆]|妻|丈夫|媳妇|爱人|哥|姐|弟|妹|爷|奶|家属|家人|亲属)"
)
_LOCKED_UP = re.compile("[他她][^，。]{0,6}(?:(?<![转打存充汇放冲还付划输填住])进去了|判了|坐牢|服刑|被抓|被拘|关起来)")
_FOUND = re.compile(
    "我(?:刚|才|今天|昨天|也|是|这|，)*(?:在[^，。]{1,8})?(?:捡|拾)(?:的|到|来|了)[^，。]{0,6}(?:手机|电话)"
    "|(?:手机|电话)(?:是|，)*(?:我(?:刚|今天|昨天)*)?(?:在[^，。被]{1,8})?(?<!被)(?:捡|拾)(?:的|到的|来的)"
)
_AUTHORITY = re.compile(
    "我(?:这边)?是[^，。]{0,4}(?:警察|民警|公安|派出所|法院|检察)[^。]*(?:该(?:人|用户|客户|机主|账户|借款人|号)|这个?(?:人|用户|客户)|机主|[他她](?!们))"
)
DEAD = re.compile(r"去世|过世|(?<![累烦气吓渴饿困忙急热冷痛疼笑穷逼])死了|病死|不在了|不在人世|离世|人没了|身故|遗属")
_OF_CHILDREN = re.compile(rf"{KIN}|孩子|小孩|娃|宝宝|孙|侄|外甥|学生")
_CHILD = re.compile("(?<!我是)(?<!是他)(?<!是她)(?:孩子|小孩|娃|宝宝)")
_OTHER = re.compile(rf"{KIN}|孩子|小孩|宝宝|老人|借款人|机主|户主|[他她]")
# A child or a husband borrowed with what is the borrower's: no question after another's account.
_KIN_USED = re.compile(
    rf"(?:{KIN}|孩子|小孩|娃|熊孩子)[^，。]{{0,8}}(?:玩|用|拿|偷|动)了?(?:着|过)?我?们?的?(?:的)?(?:手机|身份证|信息|账号|账户|名义|名字)"
    rf"|(?:{KIN}|孩子|小孩|娃)[^，。]{{0,6}}(?:误点|乱点|乱按|点的|点到|点进|弄的)"
)
# Asked why it was done, or said to whom it was: it was done.
_WHY_TELL = re.compile(
    rf"(?:凭什么|为什么|为啥|干嘛|干什么|怎么)[^，。]{{0,4}}(?:打|找|联系|骚扰|告诉|通知|催|发)[^，。我]{{0,6}}(?<!你们)(?:{KIN}|{_AT_WORK})"
    rf"|(?:凭什么|为什么|为啥|干嘛|怎么)[^，。]{{0,3}}(?:给|跟|向|对|到)我?们?的?(?:{KIN}|{_AT_WORK})[^，。]{{0,4}}(?:打|说|发|闹|催|讲)"
    rf"|(?:{_AT_WORK})[^，。]{{0,6}}(?:都|全)知道了"
)
# After a promise that nobody else will be told, these say that it has happened.
_HAPPENED = re.compile(r"已经|早就|打过|打了|接到|收到|联系过|联系了|找过|找了|说过|说了|知道了|昨天|前天|上周")


def told(text: str, *, just_promised: bool) -> bool:
    """Others were called, written to or told. `just_promised`: the last answer said that none of them will be."""
    happened = just_promised and _HAPPENED.search(text)
    return bool(happened or TOLD_OTHERS.search(text) or _WHY_TELL.search(text))


def only_a_name(text: str) -> bool:
    """我是吴霜降: who he is by name, and not what he is to anybody."""
    named = _ONLY_A_NAME.fullmatch(text.strip())
    return named is not None and not _OTHER.search(named["name"])


def old_number(text: str) -> bool:
    """A number that was the writer's is not to be called or written to any more."""
    return bool(_OLD_NUMBER.search(text)) and not QUESTION.search(text)


def child_is_ill(text: str) -> bool:
    """A child, who has borrowed nothing, is ill: it is hard for the one who writes."""
    return bool(_CHILD.search(text) and _ILL_ALONE.search(text) and not DEAD.search(text))


def kin_used_it(text: str) -> bool:
    """One of the family borrowed with the borrower's phone, papers or name."""
    return bool(_KIN_USED.search(text)) and not is_of_the_family(text)


def is_of_the_family(text: str) -> bool:
    """Says that he is the borrower's father, wife, friend …, or that the borrower has him do it."""
    return bool(_OF_THE_FAMILY.search(text))


def sits_no_more(text: str) -> bool:
    """Was in prison and is back, and so writes himself."""
    found = _BACK.search(text)
    return found is not None and "等" not in text[: found.start()]


def insolvent(text: str) -> bool:
    """A court has the borrower's insolvency."""
    found = _INSOLVENT.search(text)
    if found is None:
        return False
    before = re.split(r"[，。,.\s]", text[: found.start()])[-1]
    return "个人" in text or not _A_FIRM.search(before + found[0])


def is_gone(text: str) -> bool:
    """Of another, that he has died."""
    of_him = _PASSED_OF_HIM.search(text) and _BEREAVED.search(text)
    return bool(DEAD.search(text) or _PASSED.search(text) or of_him)


def is_locked_up(text: str) -> bool:
    """Of another, that he is in prison."""
    return bool(_LOCKED_UP.search(text))


def a_stranger(text: str) -> bool:
    """The phone was found, or an authority asks after its owner."""
    return bool(_FOUND.search(text) or (_AUTHORITY.search(text) and not QUESTION.search(text)))


def studies(text: str) -> bool:
    """A student, or not of age: no machine asks him for money."""
    under_age = _UNDER_AGE.search(text)
    of_oneself = under_age is not None and not _OF_CHILDREN.search(text[: under_age.start()])  # 孩子才15岁
    return of_oneself or bool(_STUDENT.search(text))


def ill_oneself(text: str) -> bool:
    """The one who writes is ill, and nobody has died."""
    if DEAD.search(text):
        return False
    return bool(_ILL_SELF.search(text) or (_ILL_ALONE.search(text) and not _OTHER.search(text)))
