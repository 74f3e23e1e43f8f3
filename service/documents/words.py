"""Text as the font can show it, and a note of the characters that it cannot."""

from __future__ import annotations

import unicodedata
from xml.sax.saxutils import escape

from service.documents.noto import characters

STAND_IN = "〓"  # the printer's old sign for a piece of type that is missing


class Words:
    """Makes the texts of one document showable and remembers what was missing."""

    def __init__(self) -> None:
        self.missing: list[str] = []

    def plain(self, text: str) -> str:
        """The text with a sign in the place of each character that the font lacks, without invisible ones."""
        return "".join(self._shown(one) for one in unicodedata.normalize("NFC", text))

    def marked_up(self, text: str) -> str:
        """The same for a paragraph, in which nothing of the text may become markup."""
        return escape(self.plain(text))

    def note(self) -> str:
        """What to say below the document; empty where nothing was missing."""
        if not self.missing:
            return ""
        named = "、".join(self.missing)
        return f"文中“{STAND_IN}”表示字库暂时无法显示的字，其统一码依次为：{named}。内容以我们系统的登记为准。"

    def _shown(self, one: str) -> str:
        if one.isspace():
            return " "
        kind = unicodedata.category(one)
        if kind in ("Cc", "Cf") or "VARIATION SELECTOR" in unicodedata.name(one, ""):
            return ""
        if ord(one) in characters():
            return one
        named = f"U+{ord(one):04X}"
        if named not in self.missing:
            self.missing.append(named)
        return STAND_IN
