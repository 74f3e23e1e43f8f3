"""What a text says once the tricks that hide words from a filter are undone: width, signs between characters,
traditional forms and homophones."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Clause ends stay: a denial does not reach past them. So do signs that amounts are written with.
_NOISE = re.compile("[^\\w，。！？；：、,.!?;:¥$%]|_")
_HAN = "[\u4e00-\u9fff]"
_PICTURES = re.compile("[\u2190-\u2bff\U0001f000-\U0001faff]")  # NFKC would make characters of some
_POINTS = re.compile(f"(?<={_HAN})\\.+(?={_HAN})")
# "坐。牢": a sign between two characters that stand alone ends no clause.
_SPACED_OUT = re.compile(f"(?<!{_HAN})({_HAN})[，。！？；：、,.!?;:]+(?={_HAN}(?!{_HAN}))")
_COMMA = re.compile("(?<![0-9]),|,(?![0-9])")
_ENDS = str.maketrans("!?;", "！？；")  # NFKC made them narrow; the patterns know the wide ones
_SIGNS = str.maketrans({"➕": "加", "✚": "加", "￥": "¥"})
_TRADITIONAL = (
    "貸贷 債债 還还 錢钱 討讨 償偿 訴诉 訟讼 獄狱 關关 處处 單单 員员 費费 戶户 賬账 帳账 號号 騙骗 誠诚 "
    "車车 門门 進进 親亲 屬属 鄰邻 傳传 機机 將将 發发 儘尽 盡尽 對对 會会 來来 後后 負负 別别 說说 沒没 "
    "這这 裡里 裏里 兩两 個个 們们 請请 問问 電电 話话 聯联 絡络 繫系 係系 業业 務务 師师 團团 隊队 檢检 "
    "審审 決决 執执 強强 凍冻 結结 銀银 訊讯 錄录 綠绿 額额 調调 減减 貳贰 參叁 陸陆 萬万 億亿 塊块 圓圆 "
    "轉转 匯汇 寶宝 碼码 掃扫 賣卖 買买 過过 現现 應应 該该 臉脸 滾滚 無无 恥耻 廢废 豬猪 媽妈 爺爷 孫孙 "
    "動动 殺杀 傷伤 嚇吓 脅胁 報报 紅红 點点 頭头 開开 準准 備备 啟启 啓启 狀状 書书 證证 據据 產产 資资 "
    "網网 貼贴 佈布 鄉乡 學学 職职 從从 為为 麼么 幾几 時时 間间 長长 歲岁 誰谁 認认 識识 記记 讓让 給给 "
    "當当 實实 際际 險险 嚴严 續续 繳缴 週周 換换 輛辆 鎖锁 斷断 妳你 舊旧 約约 協协 議议 頻频 擾扰 馬马 "
    "離离 婦妇 兒儿 驗验 檔档 導导 絕绝 損损 優优 餘余 種种 稱称 謊谎 詐诈 獲获 獎奖 隱隐 傭佣 賠赔 罰罚 "
    "違违 擔担 貨货 購购 屆届 嗎吗 吿告 欵款 菓果 査查 "
)
_SIMPLIFIED = str.maketrans({pair[0]: pair[1] for pair in _TRADITIONAL.split()})
# Homophones and spellings, each no word that an agent would mean.
_SAME_SOUND = {
    "做牢": "坐牢", "座牢": "坐牢", "坐劳": "坐牢", "坐lao": "坐牢", "zuo牢": "坐牢", "zuolao": "坐牢",
    "起素": "起诉", "起速": "起诉", "启诉": "起诉", "qi诉": "起诉", "起su": "起诉", "qisu": "起诉",
    "法苑": "法院", "法yuan": "法院", "检查院": "检察院", "巡捕": "警察", "公an": "公安", "gongan": "公安",
    "jing察": "警察",
    "上们": "上门", "尚门": "上门", "shang门": "上门", "上men": "上门", "shangmen": "上门",
    "通迅录": "通讯录", "通讯绿": "通讯录", "通信录": "通讯录", "通讯lu": "通讯录",
    "薇信": "微信", "徽信": "微信", "微芯": "微信", "v信": "微信", "w信": "微信", "微x": "微信", "weixin": "微信",
    "vx": "微信", "wx": "微信", "wechat": "微信",
    "嘿名单": "黑名单", "黑名丹": "黑名单", "hei名单": "黑名单", "冻洁": "冻结", "冻节": "冻结", "后菓": "后果",
    "沙比": "傻逼", "煞笔": "傻逼", "沙币": "傻逼", "傻b": "傻逼", "傻x": "傻逼", "傻叉": "傻逼", "傻比": "傻逼",
    "cao你": "操你", "艹你": "操你", "草你": "操你", "畜牲": "畜生",
    "cuishou": "催收", "催shou": "催收", "caikuan": "催款", "huankuan": "还款", "还kuan": "还款", "huan款": "还款",
    "yuqi": "逾期", "逾qi": "逾期", "yu期": "逾期",
}  # fmt: skip
_HOMOPHONES = re.compile("|".join(sorted(map(re.escape, _SAME_SOUND), key=len, reverse=True)))


@lru_cache(maxsize=16)  # the gate looks twice at each text
def plain_text(text: str) -> str:
    """Half width, lower case, simplified, without blanks, pictures and signs between characters, homophones put right.

    Linear in the length of the text.
    """
    plain = unicodedata.normalize("NFKC", _PICTURES.sub("", text.translate(_SIGNS))).lower()
    plain = _POINTS.sub("", _NOISE.sub("", plain)).translate(_SIMPLIFIED)
    plain = _COMMA.sub("，", plain).translate(_ENDS)
    plain = _SPACED_OUT.sub(r"\1", plain)
    return _HOMOPHONES.sub(lambda found: _SAME_SOUND[found.group()], plain)
