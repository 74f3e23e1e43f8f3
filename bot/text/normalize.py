"""What a borrower's text is once width, case, traditional forms, noise and homophone slips are out of the way.

`normalize` keeps, for every character left, where it stood in what was typed, so that an entity found in the plain
text can be pointed at in the original.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# Traditional forms that borrowers type, and their simplified ones (one to one, so offsets stay).
_TRADITIONAL = (
    "還还 錢钱 貸贷 額额 帳账 賬账 號号 為为 麼么 開开 關关 們们 嗎吗 這这 個个 時时 間间 點点 幾几 萬万 "
    "億亿 兩两 塊块 銀银 聯联 係系 電电 話话 費费 縮缩 總总 減减 過过 後后 來来 會会 沒没 無无 請请 問问 "
    "題题 說说 讓让 給给 對对 單单 當当 現现 發发 資资 週周 將将 應应 該该 驗验 證证 碼码 機机 換换 綁绑 "
    "買买 賣卖 優优 債债 務务 訴诉 險险 騙骗 處处 嚴严 實实 際际 結结 餘余 負负 擔担 準准 備备 繼继 續续 "
    "貳贰 參叁 陸陆 決决 醫医 業业 員员 動动 轉转 頁页 顯显 掃扫 臉脸 識识 別别 記记 錄录 復复 複复 樣样 "
    "誰谁 長长 門门 車车 見见 產产 歲岁 從从 "
)
_SIMPLIFIED = {pair[0]: pair[1] for pair in _TRADITIONAL.split()}

# Slips of the same sound that are words of our field only when put right. Equal length, so offsets stay;
# a pair is listed only where the wrong form is no word that a borrower would mean.
_SLIPS = (
    ("预期", "逾期"),
    ("愈期", "逾期"),
    ("渝期", "逾期"),
    ("换款", "还款"),
    ("环款", "还款"),
    ("还宽", "还款"),
    ("姐款", "借款"),
    ("接款", "借款"),
    ("姐呗", "借呗"),
    ("接呗", "借呗"),
    ("借贝", "借呗"),
    ("借吧额度", "借呗额度"),
    ("花贝", "花呗"),
    ("花被", "花呗"),
    ("贷宽", "贷款"),
    ("代款", "贷款"),
    ("带款", "贷款"),
    ("粒代", "粒贷"),
    ("粒货", "粒贷"),
    ("粒带", "粒贷"),
    ("微利贷", "微粒贷"),
    ("微力贷", "微粒贷"),
    ("零时额", "临时额"),
    ("零时提", "临时提"),
    ("利西", "利息"),
    ("里息", "利息"),
    ("力息", "利息"),
    ("体现", "提现"),
    ("提线", "提现"),
    ("伸请", "申请"),
    ("身请", "申请"),
    ("审请", "申请"),
    ("申清", "申请"),
    ("记息", "计息"),
    ("帐", "账"),
    ("冻解", "冻结"),
    ("动结", "冻结"),
    ("东结", "冻结"),
    ("分其", "分期"),
    ("分旗", "分期"),
    ("登陆", "登录"),
    ("登入", "登录"),
    ("额渡", "额度"),
    ("恩度", "额度"),
    ("额定", "额度"),
    ("征心", "征信"),
    ("证信", "征信"),
    ("正信", "征信"),
    ("扣宽", "扣款"),
    ("最底", "最低"),
    ("提钱还", "提前还"),
    ("提前环", "提前还"),
    ("减勉", "减免"),
    ("减面", "减免"),
    ("协尚", "协商"),
    ("优惠卷", "优惠券"),
    ("人公", "人工"),
    ("仁工", "人工"),
    ("客付", "客服"),
    ("认工", "人工"),
    ("受权", "授权"),
    ("绑订", "绑定"),
    ("邦定", "绑定"),
    ("帮定", "绑定"),
    ("注消", "注销"),
    ("消户", "销户"),
    ("投拆", "投诉"),
    ("头诉", "投诉"),
)
_SPACES = frozenset(" \t\r\n\u3000\u00a0\u200b\u200c\u200d\ufeff")
_MEANT = re.compile("是 ?[\\d一二两三四五六七八九十下这本明后周月]")
_DENIES = re.compile("(?<![是要可岂莫])不是$")  # 是不是 500 asks
_A_SUM = re.compile("\\d|[一二两三四五六七八九十][一二三四五六七八九十百千万]")
_FORMS = {"，": ",", "！": "!", "？": "?", "：": ":", "；": ";", "（": "(", "）": ")", "￥": "¥", "—": "-", "－": "-"}


@dataclass(frozen=True, slots=True)
class Plain:
    """`text` is what is left; `offsets[i]` is where its character i stood in the original, and
    `offsets[len(text)]` the original's length."""

    text: str
    offsets: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where text[start:end] stands in the original (end exclusive)."""
        if start >= end:
            return self.offsets[start], self.offsets[start]
        return self.offsets[start], self.offsets[end - 1] + 1


def normalize(typed: str) -> Plain:
    """Half width, lower case, simplified, no blanks between Chinese characters, slips put right."""
    letters: list[str] = []
    offsets: list[int] = []
    for index, letter in enumerate(typed):
        for plain in _one(letter):
            letters.append(plain)
            offsets.append(index)
    letters, offsets = _without_blanks(letters, offsets)
    return Plain("".join(_without_slips(letters)), (*offsets, len(typed)))


def _one(letter: str) -> str:
    if letter in _SIMPLIFIED:
        return _SIMPLIFIED[letter]
    if letter in _FORMS:
        return _FORMS[letter]
    if letter in _SPACES:
        return " "
    if unicodedata.category(letter) in {"Cc", "Cf"}:
        return ""
    return unicodedata.normalize("NFKC", letter).lower() if "\uff00" <= letter <= "\uffef" else letter.lower()


def _without_blanks(letters: list[str], offsets: list[int]) -> tuple[list[str], list[int]]:
    kept: list[str] = []
    where: list[int] = []
    for index, (letter, offset) in enumerate(zip(letters, offsets, strict=True)):
        denied = _DENIES.search("".join(kept[-3:])) and _A_SUM.match("".join(letters[index + 1 : index + 3]))
        if letter == " " and denied:
            letter = ","  # 不是 三百: no, 300; without the blank it would be 不是三百
        elif letter == " " and kept[-1:] == ["不"] and _MEANT.match("".join(letters[index + 1 : index + 4])):
            letter = ","  # 不 是600: no, it is 600; without the blank it would be 不是600
        elif letter == " " and not (_latin(kept[-1:]) and _latin(letters[index + 1 : index + 2])):
            continue
        kept.append(letter)
        where.append(offset)
    return kept, where


def _latin(letter: list[str]) -> bool:
    return bool(letter) and letter[0].isascii() and letter[0].isalnum()


def _without_slips(letters: list[str]) -> str:
    text = "".join(letters)
    for wrong, right in _SLIPS:
        if wrong in text:
            text = text.replace(wrong, right)
    return text
