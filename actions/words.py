"""PURE · what the words of a message plainly say, whatever the classifier calls it: yes, a question, someone else."""

from __future__ import annotations

import re

_NUMERAL = "零〇一二两三四五六七八九十百千万"
# A yes may move money, so it must be a yes from end to end. Not here: 可 and 得, which begin 可是, 可惜 and 得了吧.
_YES_WORD = (
    r"对(?!了)|是[的嘞]?(?!错)|好(?:的|滴|哒|嘞)?|行|可以|确认|确定|正确|准确|无误|嗯|恩|没错|不错|没问题|没毛病|没意见|同意|当然"
    r"|必须[的滴]?|得嘞|要[的得]?(?!是)|需要|中|成|妥|不用改|不改|不变|就?这样|就是这样|就这么办|就那样|就按?这个(?:来|办)?|就?这么定"
    r"|成交|登记|按你说的(?:来|办)?|听你的|继续|照办|[来办弄扣还付]吧|提交|肯定|愿意|木问题|阔以|嗯[哪呐]|ok|okay|okk|yes|yep|👌|👍"
)
_DO_IT = r"(?:结清|结了|结|还款|还|付款|付|支付|扣款|扣|提交|办理|办|申请|登记|约定|约)(?:一下|吧|呀|啊|掉)?"
_SMALL = (
    r"吧|呢|啊|呀|哦|噢|哈|啦|嘛|了|的|我|那个?|就|请|先|现在|马上|立即|立刻|快点|赶紧|赶快|抓紧|帮我|给我"
    r"|(?:谢谢|多谢|麻烦)[您你]?"
)
_SUM = rf"¥|[\d,.{_NUMERAL}]|元|块钱?"
_SIGNS = re.compile(r"[\s,，.。!！~～、;；:：…“”\"'😊😄😁😀😃🙂🙏🌹🤝❤\ufe0f]+")
YES = re.compile(rf"(?:{_SMALL}|{_SUM})*(?:{_YES_WORD})(?:{_YES_WORD}|{_DO_IT}|{_SMALL}|{_SUM})*", re.IGNORECASE)
_ALONE = {"能", "可", "得", "扣", "y", "1"}  # each of them begins other words
# A yes may name what it does, and is one only in the forms that do it: 结了 is none to a sum, 登记 none to a payment.
DONE_IN = (
    (re.compile("[还付](?!是)"), {"repay_form", "settle_form", "promise_form"}),
    (re.compile("结"), {"settle_form"}),
    (re.compile("登记|成交"), {"promise_form", "hardship_form", "complaint_form", "dispute_form"}),
)
# Words that repeat can be cut up in more and more ways: a yes is short, so that none takes long to refuse.
_LONGEST = 24
SETTLES = re.compile("(?:结|还)(?:清|完|掉)(?!了)")
DONE = re.compile(r"[还付扣](?:款|完|清)?了")  # 好的还了 tells of a payment, it orders none

QUESTION = re.compile(
    r"[?？吗]|(?<![那这什怎多要])么|(?<=要)么[?？。.\s]*$|有没[什啥]|多少|多久|多长|为什么|为何|为啥|凭什么|怎么|怎样|(?<!没)什么|(?<!没)啥|几(?![天个日])|([^\s,，。])不\1|哪[个些种笔样边]|(?:算|影响|会|用)[^，。,\s]{1,6}不[?？。]*$|能[^，。,\s]{0,4}还不[?？。]*$|有没有|还没|[了来到完好过]没有?[。.]*$"
    r"|(?<=[^\s，,。.!！就偏我你他也才都说要算])不(?:[?？。.\s啊呢]*$|(?=[\s，,]))"
)
# Of a short question that leans on what was spoken of; longer ones say themselves what they are about.
_ASKS_SHORTLY = re.compile(rf"{QUESTION.pattern}|呢|在哪|几点|何时|哪里|哪儿")
_LONGEST_LEANING = 9
# 那全还呢, 最低呢 go on to ask, after a figure, what another would be.
ASKS_ON = re.compile(
    r"(?:那|要是|如果|就|我|先|只)*还?(?:最低|全部?|全还|结清|还清|一半|一次性还清)(?:还清|还款?)?(?:的话)?呢[?？。]*"
)
# Said of a sum that is known, these change it by so much: 再加一百, 少还五十; 最多八百 and 加到八百 do not.
CHANGES_BY = re.compile(
    rf"(?<![最不至顶差])(?P<sign>多|少|加|添|减(?!免))(?:还|付|加|减)?(?:个|上|点|掉|去)?(?=¥?[\d{_NUMERAL}])(?!一[分毛角])"
)
# So much every week or day is no payment that is made, nor so much a month; 晚一天还500 is one.
EVERY_FEW_DAYS = re.compile(
    r"(?<![晚过迟等缓后第延个下这那头])一[天周][还付交](?=[\d一二两三四五六七八九十百])"
    r"|每(?:一|隔)?(?:天|日|周|个?星期|个?礼拜|半个?月|[两二三几]天)"
)
EVERY_MONTH = re.compile("每一?个?月|月月")
# 分三次还清 is paid in parts, and settles nothing at once.
IN_TURNS = re.compile(rf"(?:分|拆)(?:成|作|为)?\s*(?:\d{{1,2}}|[{_NUMERAL}几]{{1,3}})\s*(?:次|笔)")
# What another lends; it is not to be mistaken for what is borrowed here.
OTHER_LENDERS = re.compile(
    "花呗|借呗|白条|金条|微粒贷|有钱花|度小满|美团月付|抖音月付|放心借|分期乐|网商贷|招联|拍拍贷|信用卡|房贷|车贷"
)
# Said of the assistant, and less than abuse.
SCOLDS = re.compile("笨|蠢|没用|废物|智障|傻|听不懂|答非所问|鸡同鸭讲|什么破|白问")
# How one feels, and nothing of money: no word that one cannot pay.
TIRED = re.compile(
    r"(?:累了?[，,\s]*)?(?:毁灭|躺平|摆烂)(?:吧|了|算了)*[。.!！~]*|[唉哎][唉哎呀~～。.!！,，…\s]*|(?:[我今天最近真的好太很都快要又上班加工作一整可也有点,，\s])*[心身]?(?:累|困|忙|烦|郁闷|难受|疲惫|辛苦)(?:死|坏|疯|惨|透|得要命|得不行)?"
    r"(?:我|人)?(?:[了啊呀啦吧哦唉的~～。.!！,，…])*"
)
# Paid to somebody and not to the lender: money that is looked for, and a fraud perhaps.
PAID_A_PERSON = re.compile(
    "(?:转|打|付|交|还)(?:款|钱)?(?:给|到)[^，。]{0,6}(?:催收|业务员|经理|员工|客服|私人|个人|[他她](?:微信|支付宝))"
    "|(?:催收|业务员|员工|客服|经理)[^，。]{0,6}(?:私人|个人|微信|支付宝)[^，。]{0,4}(?:收|转|打|账)"
)
# Of a promise: whether it holds, how much it is for.
STANDS = re.compile(
    "(?<![大节])约[了的](?:啥|什么)|(?<![大节])约(?:.{0,6}(?:算[数吗么不]|作数|有效|还在|登记上|记上|记下|[是在了]*哪一?[天日]|[是在了]*几[号日]|什么时候)|.{0,8}(?:多少|几块)"
    "|定?[的能可以那个,，]*(?:提前|推迟|延后|往后|改|换)[^，。]{0,4}(?:吗|么|不|行|吧))"
)
# 本金呢 and 哪个好 go on to ask, and wish nothing.
ONLY_ASKS = re.compile(r"那?[^，。,.\s]{1,6}呢[?？]*|.*(?:哪个[好更划]|有什么区别|有啥区别|有什么不同|有啥不[同一]).*")
# A number that is more than a 一 in 一下.
NAMES_A_SUM = re.compile(rf"\d|[百千万]|[{_NUMERAL}]{{2}}")
# 明天再说吧 puts it off, and promises no day.
LATER_PERHAPS = re.compile(r"(?:那|我|就|先|还是|算了|,|，|\s)*[^，。,\d\s还]{0,6}再说(?:吧|了|呗|呢)*[。.!！~…]*")
# Of what was read back, and no dispute of the debt.
WRONG_FIGURE = re.compile(
    r"(?:这个?|你|那个?|啊|哎|诶|不对|，|,|\s)*(?:金额|数额?|数字|钱数|日期|日子|时间|天数)(?:是|也|都|好像|写|说|搞|弄)*(?:不对|错了?|有误|不是这个|搞错了)[了啊吧呀]*[。.!！]*"
)
# 还我500 wants money back, and so does who was charged too much; neither pays.
WANTS_IT_BACK = re.compile(
    r"(?<!多的)(?<!多出的)(?:还|退)(?:给|回)?我(?:的?钱|[\d一二两三四五六七八九十]|[。.!！]*$)|(?:退|还)回来"
    r"|多(?:扣|收|划)了?|(?:扣|收|划)多了|重复扣|扣重了|扣了[两二2]次|怎么扣了"
)
GIVES_UP = re.compile(
    r"^(?:那|我|就|先|还是|现在|算了)*不(?:想)?(?:还|约|弄|办|提|申请|投诉|换|改|关|开)(?:款|钱|额|卡)?(?:了|吧)*[。！!.]?$"
    r"|^(?:那|我|还是|先)*不了(?:吧|不了)*(?:[，,。！!. ].*)?$"
)
# 不了 还是都结: what follows is what is wanted after all.
AFTER_ALL = re.compile(
    r"(?:算了|不了|不行|不|哎|唉)[吧啊呀，,。\s]*(?:我|那|就|要不)*(?:还是|改成?|换成?)(?P<then>(?!算了|取消|不|别|再说).{2,})"
)
WITHDRAWS = re.compile(r"算了|取消|cancel|不还了|不付了|不弄了|不要了|停下|别还|别付|别扣", re.IGNORECASE)
# Said and denied: 我没说要还500, 谁要还了.
NEVER_WISHED = re.compile(
    r"(?:我|可|又|也|从来|根本|并)*(?:没有?|谁|几时|啥时候|什么时候)(?:[跟和]你)?"
    r"(?:(?:说|讲|让|叫|要|答应|同意|打算|想)[过了]?[^，。,没不]{0,3}(?:还|付|约|扣)(?:款|钱)?|(?:答应|同意)过?你?)"
    rf"(?:了|的|这个|[\d{_NUMERAL}.])*(?:元|块钱?)?[了啊呀吧。.!！]*"
)
# 算了，约个日子吧 goes on to another thing.
APPOINTS = re.compile(r"(?:约|定|说|改)[^，。不]{0,3}(?:日子|一天|时间|日期)")

# In a wish with a sum or a day in it, these stop it; 算了 alone may as well change it.
STOPS = re.compile(r"不(?:想|要|打算)?(?:还|付|约|弄|办)|取消|停|别", re.IGNORECASE)
UNSURE = re.compile(r"不知道|不确定|不清楚|说不准|说不好|没想好|想一想|考虑一?下|定不下来|不一定|不好说|没准")
# Called many things by the classifier; where a form asks for a day it is no more than this.
UNSURE_ALONE = re.compile(
    rf"(?:我|也|现在|暂时|还|真的?|这个?|，|,)*(?:{UNSURE.pattern})(?:了|啊|呢|吧|哪天|什么时候|[。.!！])*"
)
TOO_MUCH_TAKEN = re.compile(
    "(?:罚息|利息|费用|手续费|违约金)(?:(?![没不别未无][^，。]?(?:多|算|收|扣|违|不))[^，。]){0,4}(?<![没不别未无])(?:多收|多算|多扣|算错|收错|收多|算多|不合法|违法|不合规)了?"
)
SLIP = re.compile(r"[打说写输按点弄搞]错")
WAIT = re.compile(
    r"(?:[^，。？?]{0,12}等(?:我|个)?(?:一?会儿?|一下|[\d一二三五十几]+分钟|半个?小时)[吧啊]*"
    r"|(?:先|那|我|你|请|再|让我)*(?:等等|等一?下|等一?会儿?|稍等|慢着|想想|想一下|看看|看一下)[吧啊呢哈吗。.,，!！~…]*)"
)
# Of a sum that was read back: another is wanted, and it is no dispute.
TOO_MUCH = re.compile(
    r"(?:我|可|这|也|有点?|好像|不(?:想|要|能|会)?还|还不[了上起]|没)*(?:太|这么|那么|这样|有点)多(?:钱)?(?:了|吧|啊|呀|呢|的|[。.!！…~])*"
)
TOO_LITTLE = re.compile(
    r"(?:这|也|是不是|会不会|有点?|好像|还得)*(?:太|这么|有点)?少(?:了)?(?:点|些)?(?:吧|啊|呀|呢|了|[。.!！…~?？])*"
)
# 明天还三百可以吗 asks for leave, and wishes.
ASKS_LEAVE = re.compile(r"(?:(?:可以|行|成|好|得唔得)(?:吗|么|嘛|不|不行|不可以)?|中(?:吗|么|嘛|不中?))[。.?？]*$")
# 今天还和明天还差多少 asks what a day costs, and promises none.
TODAY_OR_LATER = re.compile("(?:今天|现在)还?[和跟与同比][^，。]{0,6}还[^，。]{0,4}(?:差|区别|不同|多|一样)")
A_DAYS_PENALTY = "逾期一天罚息多少"
HOW_LATE = re.compile("最晚|最迟|最长|最多.{0,2}(?:哪天|几号|几天|多久)")
CARD_NUMBER = re.compile(r"\*{16}|(?<!\d)\d{16,19}(?!\d)")  # the service hides most before they come here
TOO_PRIVATE = re.compile(
    rf"{CARD_NUMBER.pattern}|(?<!\d)(?:\d{{17}}[\dx]|\d{{15,19}}|1[3-9]\d{{9}})(?!\d)", re.IGNORECASE
)
AT_ONCE = re.compile(r"(?:现在|马上|立刻|立马|立即|这就)(?!.*(?:没|不|难|忙))")  # and not 现在没钱
PAYS = re.compile(r"[还付交]")
# A file is wanted, and not the figures in it.
A_FILE = re.compile("pdf|下载|导出|打印|盖章|电子版|纸质|邮寄|发我邮箱", re.IGNORECASE)
WHETHER_TO_PAY = re.compile(r"(?:要|用|需|该)我?(?:还|付|交)(?:款|钱)?了?(?:吗|么|嘛|不[？?]?$|没有|[?？])")

# 还有 that adds a wish, and not 额度还有多少; 再 that goes on to one, and not 别再打.
_CLAUSE_ENDS = re.compile(
    r"(?<!\d)[,.]|[,.](?!\d)|[，。;；、?？!！\s]|还有(?!多少|几|没)|以及|另外|顺便|然后|接着|并且|(?<![别要再])[和跟与及]|(?<![别要])再(?=[查看问帮把还告])"
)

# Said of a day without naming one, and not meant to be later than now.
NOT_LATER = re.compile(
    r"尽快|尽早|这个?月|本月|当月|这几天|这两天|[这本]个?(?:周|星期|礼拜)|^上|不确定|说不准|不好说|看情况"
)
HAS_COME = re.compile(r"已经|刚|终于|今天|现在")
TELLS_OF_A_PAYMENT = re.compile(r"^/|[了过的]|昨|前天|已")

_KIN = (
    r"(?:[我你俺](?:们)?的?(?:爸|妈|爹|娘|哥|姐|弟|妹|爷爷|奶奶|家人|室友|老板|邻居)|爸爸|妈妈|父亲|母亲|父母|老婆|老公|媳妇|妻子|丈夫|对象|男朋友|女朋友|儿子|女儿"
    r"|哥哥|姐姐|弟弟|妹妹|朋友|同事|同学|亲戚|别人|他人|(?<!其)[他她](?!妈))们?"
)
KIN = _KIN  # what else is said of them is in others.py
_HERE = r"(?:到底|一共|总共|究竟|现在|是不是|有没有|在?你们?(?:这|那|公司|平台|家)?[里边儿]?|在?(?:这|那)[里边儿]?)*"
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱林何郭罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎潘杜戴夏钟汪田任姜范石姚谭廖邹"
    "熊陆郝孔崔邱秦史顾侯邵孟汤尹黎乔赖龚高马欧阳"
)
_NO_NAME = (
    r"周[一二三四五六日天末期]|何时|何况|曾经|许多|任何|任意|任务"
    r"|谢谢|程序|范围|马上|高[额达于]|夏天|石头|田[里地]|黄金|阳[光]|欧元|史[上]"
)
_NAME = rf"(?!{_NO_NAME})[{SURNAMES}][\u4e00-\u9fff]{{1,2}}?"
_ACCOUNT = r"(?:账单|账户|账|欠款|欠|贷款|借款|还款|额度|逾期|钱|征信|到账)"
SOMEBODY_ELSES = re.compile(
    rf"{_KIN}(?:{_NAME})?(?:的|名下)"
    rf"|(?:帮|替|给|代)(?:我)?{_KIN}(?:{_NAME})?(?:查|看|问)"
    rf"|(?:帮|替|给|代)(?:我)?{_KIN}(?:{_NAME})?(?:还|付|交)(?:款|钱|\d|[{_NUMERAL}]{{2}})"
    rf"|{_KIN}(?:{_NAME})?{_HERE}(?:欠|借|贷|还(?:款|清|完)?(?:了|没|有没))(?=.*(?:吗|没|多少|[?？]))"
    rf"|{_KIN}(?:{_NAME})?(?=[^，。]{{0,3}}(?:是不是|有没有)){_HERE}(?:欠|借|贷)"
    rf"|叫{_NAME}的?(?:人)?{_HERE}(?:欠|借|逾期|贷)"
    rf"|(?:^|问|请问|我想知道)(?:{_NAME})(?:是不是|有没有|是否)[^，。]{{0,8}}(?:借|贷|欠)"
    rf"|(?:^|查|看|问|下|我想知道|请问|我)(?:{_NAME})(?:的{_ACCOUNT}|名下|欠(?:了)?(?:你|多少|款|钱)|还(?:款|清|完)?了(?:吗|没))"
)


# Says why it is hard and asks for less or later, or the other way round: a wish for help, and no sum to pay.
_OUT_OF_WORK = (
    "裁员|被裁|失业|下岗|待业|怀孕|坐月子|(?:没|不能|没法|上不了)(?:上)?班|没活|没了?工作|丢了?工作|降薪|减薪|欠薪|没有?收入|收入[^，。]{0,4}(?:少|低|减|断)"
    "|生病|住院|手术|化疗|看病|破产|倒闭"
)
_LESS_OR_LATER = "少还|(?:先|暂时|暂且|这几个月)不还|晚(?:点|些|几天)?还|缓|延期|宽限|分期还|慢慢还|减免"
_NOT_ABLE = "没钱|还不[上起了]|没法还"
NEEDS_HELP = re.compile(
    rf"(?:{_OUT_OF_WORK}).*(?:{_LESS_OR_LATER}|{_NOT_ABLE})|(?:{_LESS_OR_LATER}|{_NOT_ABLE}).*(?:{_OUT_OF_WORK})"
)

# That they should not be called, written to or told; 别给我打电话找我老公 is for oneself.
SPARE_OTHERS = re.compile(
    rf"(?:给|打|骚扰|联系|找|烦|催|吓|问|告诉|通知|爆)[^我你,，。]{{0,3}}(?:我们?的?)?(?:{_KIN}|(?:家里|单位|公司|同事|通讯录|亲友|紧急联系人))"
)
# That they were called or written to already, or what became of them by it.
TOLD_OTHERS = re.compile(
    rf"{_KIN}[^，。]{{0,4}}(?:接|收)(?:到|了|的|着)+[^，。]{{0,6}}(?:电话|短信|信息|催)"
    rf"|(?:打|催|联系|找|骚扰)(?:到|给|了)+[^，。]{{0,3}}{_KIN}[^，。]{{0,8}}(?:气|吓|病|住院|哭|知道)"
)
# And that they should hear nothing of it: 别跟我爸妈说.
KEEP_FROM_OTHERS = re.compile(
    rf"(?:别|不要|不许|不准|不能|勿|莫)再?[跟和对向让叫被][^我你,，。]{{0,3}}(?:我们?的?)?"
    rf"(?:{_KIN}|家里|单位|公司|同事|亲友)[^,，。]{{0,4}}(?:说|讲|提|知道|听)"
)
_OWN_KIN = re.compile(rf"我们?的?{_KIN}|我们?(?=爸|妈|爹|娘|哥|姐|弟|妹|爷|奶|儿子|女儿|老)")
LESS_OR_LATER = re.compile(_LESS_OR_LATER)
# Asks that something of it be let off: no sum to pay, whatever share is named.
LETS_OFF = re.compile("减免|减掉|免(?:掉|除|了|一半|一些|一点)|[全都]免|打折|少收|优惠(?:一点|一些|点)")
# 算了我自己还吧: gives up what was being waited for, and pays.
PAYS_AFTER_ALL = re.compile(
    r"(?:算了|罢了|行吧|好吧)[，,。\s]*(?:那|我|就|还是|自己|现在|先)*还(?:款|钱|上|掉|了)?(?:吧|算了|得了)[。.!！]*"
)
# 那查我的: said after another's was asked for.
MINE = re.compile("(?:哦|那|就|还是|先|帮我|给我)*(?:查|看)(?:一?下)?我(?:自己|本人)?的(?:吧|呢|账单|账)?[。.!！?？]*")
# 我看到你们发的消息了: what was written is about the bill.
NOTICED = re.compile(
    "我?(?:看到|收到|看见)了?你们?(?:发|给)?(?:过来)?(?:给我)?的?(?:消息|短信|信息|提醒|通知)了?[。.!！]*"
)
# What a collector is told to have said; it is answered as a fear of that, whoever said it.
THREATENED = re.compile(
    "(?:催收|[他她你]们?|客服|电话里)(?:员|的)?(?:还|也|又|就|刚)?(?:说|讲|威胁|吓唬?|扬言)[^。]{0,14}"
    "(?:上门|来我家|告我|起诉|法院|抓|坐牢|报警|立案|通讯录|单位)"
)
# What was bought is no good, or who sold it is gone.
BAD_GOODS = re.compile(
    "(?:坏|质量|假货|没发货|次品)[^。]{0,8}(?:商家|店家|卖家|商户)|(?:房东|公寓|中介)[^。]{0,6}(?:跑路|不让|赶我|退租)|(?:商家|店家|卖家|商户|机构)[^。]{0,4}(?:不管|不理|跑路|倒闭|关门|不认)"
)
# Money is short, whatever the reason.
SHORT_OF_MONEY = re.compile("手头紧|(?:要|急|得)用钱|花钱|花光|缺钱|没钱|紧张|周转不|拿不出")
TEMPORARY = re.compile("临时|临额|短期")  # a limit for a while
LAWYER = re.compile(
    rf"我(?:们)?(?:(?:这边)?是[^，。咨问找请告]{{0,8}}|(?:这边|姓)?[{SURNAMES}])律师(?!函|说)|律师事务所"
    "|受[^，。]{1,12}委托|(?:委托|代理)(?:人|律师)"
)
# A letter or a text that speaks of the court.
COURT = re.compile("法院|法庭|传票|起诉|律师函|仲裁")
_FOR_ONESELF = re.compile(
    r"(?:给|联系|骚扰|烦|催|打)我(?!的|们|爸|妈|父|母|爹|娘|哥|姐|弟|妹|爷|奶|家|老|室友|邻居|单位|公司|同事|亲|朋|对象|媳妇|儿子|女儿)"
)

_NOT = re.compile("别|不|勿|少|停")
ANGRY = re.compile(
    r"[操草艹]你|他?妈的|你他妈|尼玛|傻[逼比叉b]|煞笔|\bsb\b|王八|你们?(?:怎么不)?去死|混蛋|畜生|滚|垃圾|你们?(?:是不是|都|真)*有病|骗子|不要脸|cnm|tmd|nmsl",
    re.IGNORECASE,
)
_LATIN = re.compile(
    r"\b(?:ok|okay|okk|yes|yep|y|no|n|hi|hello|hey|bye|cancel|help|app|vip|thanks|thx|sb|cnm|tmd|nmsl)\b", re.ASCII
)
_SOUNDS = set("嘟咕叽唧呱啦呜哇嗡叮咚噜啪嘀嗒嘎吱哔嘭轰喵汪咩")
_SAYS_SOMETHING = set("别对好行嗯恩是可能得中成要不没否喂嗨在谢还查滚额哦噢啊哎唉诶")

# A number and nothing else is meant for the sum that was asked for, whatever the classifier calls it.
A_NUMBER_ALONE = re.compile(
    rf"\s*(?:还|付)?\s*[-−–负]?\s*(?:[\d.,]|[{_NUMERAL}亿个])+\s*(?:元|块钱?|角|毛|分)?[。.!！]?\s*"
)


def leans(text: str) -> bool:
    """A question so short that it is asked of what was spoken of before."""
    return len(text) <= _LONGEST_LEANING and bool(_ASKS_SHORTLY.search(text))


def clauses(text: str) -> tuple[str, ...]:
    """What stands by itself in a message, in order."""
    return tuple(part for part in _CLAUSE_ENDS.split(text) if part)


def noise(text: str) -> bool:
    """Signs, keys struck at random, sounds, one character that says nothing: whatever the classifier calls it."""
    if text.startswith("/") or CARD_NUMBER.search(text):
        return False
    bare = "".join(character for character in text.lower() if character.isalnum())
    if plainly_yes(text) or any(character.isdecimal() or character in _NUMERAL for character in bare):
        return False
    if not bare:
        return True
    if not any("\u4e00" <= character <= "\u9fff" for character in bare):
        return not _LATIN.search(text.lower())
    return set(bare) <= _SOUNDS or (len(bare) == 1 and bare not in _SAYS_SOMETHING)


def spares_others(text: str) -> bool:
    """Asks that family, friends or the employer be left alone, and not the writer."""
    for_oneself = any(_FOR_ONESELF.search(one) and _NOT.search(one) for one in clauses(text))  # 换个人联系我，别找我妈
    return keeps_from_others(text) or (bool(SPARE_OTHERS.search(text)) and not for_oneself)


def asks_to_spare(text: str) -> bool:
    """Says expressly that others are not to be told or called: 千万别告诉他, and not 我妈让我问她的账单."""
    return spares_others(text) and bool(_NOT.search(text))


def keeps_from_others(text: str) -> bool:
    """Asks that family or the employer be told nothing."""
    return bool(KEEP_FROM_OTHERS.search(text))


def of_own_kin(text: str) -> bool:
    """Speaks of 我老公, and so is not 他老婆 with his phone in her hand."""
    return bool(_OWN_KIN.search(text))


def plainly_yes(text: str) -> bool:
    """A pressed button, or a whole phrase of yes-words and particles with nothing else in it."""
    if text.startswith("/"):
        return True
    bare = _SIGNS.sub("", text)
    if len(bare) > _LONGEST or DONE.search(bare):
        return False
    return bare.lower() in _ALONE or bool(YES.fullmatch(bare))
