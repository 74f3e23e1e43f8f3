"""Which words ask for the same thing: slips of the input method, everyday and formal words, kin and colleagues.

A text is folded before it is compared: width, case, signs and politeness go, and of words that mean the same one
stands for all. That is coarser than meaning, on purpose: what tells two questions apart must not be in one group.
"""

from __future__ import annotations

import re
import unicodedata

_SAME = {
    # slips of the input method and dialect
    "账": "帐",
    "逾期": "预期 愈期",
    "临时": "零时",
    "还款": "换款 还贷 还钱 付款 还账",
    "利息": "利益 息钱",
    "怎么": "咋样 咋个 咋 怎样 如何 怎么弄 怎么搞 怎么操作",
    "怎办": "怎么办 咋办 咋整",
    "什么": "啥",
    "何时": "什么时候 啥时候 什么时间 多会儿 几时 哪天",
    "为何": "为什么 为啥 凭什么 怎么回事 咋回事 怎么会 什么情况 什么原因 怎么老是",
    # questions
    "能否": "能不能 可不可以 可以不 能不 可否 行不行",
    "能": "可以 能够",
    "会否": "会不会",
    "是否": "是不是",
    "有无": "有没有",
    "多长时间": "多久 几天 多少天 多长",
    "最多": "最长 最高 上限 封顶 最大 顶格",
    "最少": "最低 下限 起借",
    "范围": "区间",
    "条件": "要求",
    "流程": "步骤 手续",
    "合法": "违法 合规 违规 犯法",
    "可信": "靠不靠谱 靠谱 可靠 真的假的 是真的 骗子 骗局 骗人的 骗人",
    # people
    "家人": "爸妈 父母 爸爸 妈妈 我爸 我妈 父亲 母亲 家里人 亲戚 亲友 哥哥 姐姐 我哥 我姐 家属",
    "配偶": "老婆 老公 媳妇 丈夫 妻子",
    "孩子": "小孩 子女 儿子 女儿",
    "单位": "同事 领导 老板",
    "机器人": "智能客服 机器 智能助手 ai",
    "年龄": "岁数 岁 多大",
    # what is done
    "收费": "花钱 交钱 收钱 付费 付钱 交费",
    "材料": "资料",
    "取消": "撤销 撤回 关闭 关掉 解除 停掉",
    "注销": "销户 销掉 注掉",
    "申请": "开通 办理",
    "失败": "不成功 没成功 未成功 扣不上",
    "没通过": "不通过 未通过 通过不了 被拒绝 被拒 拒绝 没批下来 没批 没过",
    "一次还清": "一次性还清 全部还清 全部结清 一次性补齐 一次性 全部还 一次全还",
    "上征信": "报征信 报送征信 上报征信 上央行征信",
    "征信报告": "信用报告",
    "征信记录": "信用记录",
    "余额不足": "余额不够 钱不够",
    "保证金": "解冻金 验证金 验资",
    "丢了": "掉了 丢失 弄丢 不见了 被偷",
    "去世": "过世 不在了 离世",
    "晚上": "凌晨 半夜 深夜 夜里",
    "春节": "过年 大年三十 除夕",
    "骂": "辱骂 骂人 侮辱",
    "上门": "登门 到我家 来我家 来家里 到家里 跑到我家里",
    "起诉": "告到法院 告上法庭 打官司 诉讼 告我",
    "用来": "拿去 拿来 拿这钱",
    "名字": "名义",
    "手机号": "手机号码 电话号码",
    "验证码": "短信码 校验码",
    "刷脸": "人脸识别 人脸认证 人脸 扫脸",
    "提前": "提早",
    "手续费": "违约金",
    "人民银行": "央行 人行",
}
_MEANT = {written: meant for meant, said in _SAME.items() for written in said.split()}
_WRITTEN = re.compile("|".join(re.escape(one) for one in sorted(_MEANT, key=len, reverse=True)))
_SIGNS = re.compile(r"[^0-9a-z%\u4e00-\u9fff]+")
# Said in any question, and asking nothing.
_EMPTY = re.compile(
    r"请问一?下?|我?想(?:问|知道|咨询|了解)一?下?|麻烦|帮我?(?:看|查)一?下|你好|您好|在吗|[我你您们的了呢啊呀吧吗嘛哦噢么]|一下|那个|这个|就是"
)


def fold(text: str) -> str:
    """The text without what tells no question from another."""
    plain = _SIGNS.sub("", unicodedata.normalize("NFKC", text).lower())
    same = _WRITTEN.sub(lambda found: _MEANT[found[0]], plain)
    return _EMPTY.sub("", same) or plain
