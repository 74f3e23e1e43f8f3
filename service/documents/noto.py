"""The font of the documents: Noto Sans CJK, of which each PDF carries the characters that it shows.

The package ships it as one variable font with PostScript outlines, and reportlab embeds TrueType outlines of one
weight. So the glyphs that a document needs are drawn here at the wanted weight, made TrueType (cubic curves become
quadratic ones, within half a thousandth of an em) and handed over as a small font. Opening the file takes half a
second and is done once; a glyph takes a third of a millisecond and is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import manimgx_fonts_cjk
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable
from reportlab.pdfbase import pdfmetrics, ttfonts

FILE = Path(manimgx_fonts_cjk.__file__).parent / "NotoSansCJK-VF.otf.ttc"
FAMILY = "Noto Sans CJK SC"  # of the five in the file, the one with the forms of the mainland
WEIGHTS = {"Noto": 400, "Noto-Bold": 700}
REGULAR, BOLD = WEIGHTS
MAX_ERROR = 0.5  # of 1,000 units to the em
GLYPHS_KEPT = 4096
ENTRIES_A_BLOCK = 100  # the most that a ToUnicode map may hold in one block


@lru_cache(maxsize=1)
def _font() -> TTFont:
    number = 0
    while True:
        font = TTFont(FILE, fontNumber=number, lazy=True)
        if font["name"].getDebugName(1) == FAMILY:
            return font
        number += 1


@lru_cache(maxsize=1)
def characters() -> Mapping[int, str]:
    """Every character that can be shown, as a code point, with the name of its glyph."""
    found: Mapping[int, str] = _font().getBestCmap()
    return found


@lru_cache(maxsize=2)
def _drawn_at(weight: int) -> Any:
    return _font().getGlyphSet(location={"wght": weight})


@lru_cache(maxsize=GLYPHS_KEPT)
def _glyph(weight: int, code: int) -> tuple[Any, int]:
    """(its TrueType outline, its width in thousandths of an em); nothing where there is no such character."""
    pen = TTGlyphPen(None)
    name = characters().get(code)
    if name is None:
        return pen.glyph(), 0
    glyph = _drawn_at(weight)[name]
    glyph.draw(Cu2QuPen(pen, MAX_ERROR, reverse_direction=True))
    return pen.glyph(), round(glyph.width)


class _Widths:
    """The widths of characters, as reportlab asks for them."""

    def __init__(self, weight: int) -> None:
        self._weight = weight

    def get(self, code: int, default: int = 0) -> int:
        return _glyph(self._weight, code)[1] if code in characters() else default


class Face(ttfonts.TTFontFace):  # type: ignore[misc]
    """One weight as reportlab's typeface: what it reads of a font file, and how a subset is made."""

    def __init__(self, name: str, weight: int) -> None:
        pdfmetrics.TypeFace.__init__(self, None)
        font = _font()
        self.weight = weight
        self.filename = name
        self.name = f"NotoSansCJKsc-{weight}".encode()
        self.subfontNameX = b""
        self.charToGlyph = characters()
        self.charWidths = _Widths(weight)
        self.defaultWidth = 1000
        self.ascent, self.descent = font["hhea"].ascent, font["hhea"].descent
        self.capHeight = font["OS/2"].sCapHeight
        self.bbox = [font["head"].xMin, font["head"].yMin, font["head"].xMax, font["head"].yMax]
        self.italicAngle = 0
        self.stemV = 80 if weight < 600 else 140
        self.flags = ttfonts.FF_SYMBOLIC

    def makeSubset(self, subset: Sequence[int]) -> bytes:  # noqa: N802  reportlab's name
        """A TrueType font in which byte n shows the character `subset[n]`."""
        names = [".notdef", *(f"g{at}" for at in range(1, len(subset)))]
        drawn = {name: _glyph(self.weight, code) for name, code in zip(names, subset, strict=True)}
        builder = FontBuilder(1000, isTTF=True)
        builder.setupGlyphOrder(names)
        builder.setupGlyf({name: glyph for name, (glyph, _) in drawn.items()})
        bearings = builder.font["glyf"]
        builder.setupHorizontalMetrics(
            {name: (width, getattr(bearings[name], "xMin", 0)) for name, (_, width) in drawn.items()}
        )
        builder.setupHorizontalHeader(ascent=self.ascent, descent=self.descent)
        builder.font["cmap"] = _byte_map(names)
        builder.font["head"].created = builder.font["head"].modified = 0
        builder.font.recalcTimestamp = False
        written = BytesIO()
        builder.font.save(written)
        return written.getvalue()


class EmbeddedFont(ttfonts.TTFont):  # type: ignore[misc]
    """A font of which every document gets subsets of its own, with maps back to the characters."""

    def __init__(self, name: str, weight: int) -> None:
        self.fontName = name
        self.face = Face(name, weight)
        self.encoding = ttfonts.TTEncoding()
        self.state: Any = WeakKeyDictionary()
        self._asciiReadable = False
        self.shapable = False

    def addObjects(self, doc: Any) -> None:  # noqa: N802  reportlab's name
        subsets = [list(one) for one in self.state[doc].subsets]
        super().addObjects(doc)
        for number, subset in enumerate(subsets):
            name = (ttfonts.SUBSETN(number) + b"+" + self.face.name).decode()
            # reportlab writes one long block, and characters beyond U+FFFF in a way that readers do not take
            doc.idToObject["toUnicodeCMap:" + name].content = to_unicode(name, subset)


def to_unicode(name: str, subset: Sequence[int]) -> str:
    """The map by which a reader copies and searches text: byte n is the character `subset[n]`, in UTF-16."""
    pairs = [f"<{at:02X}> <{chr(code).encode('utf-16-be').hex().upper()}>" for at, code in enumerate(subset) if code]
    blocks = [pairs[at : at + ENTRIES_A_BLOCK] for at in range(0, len(pairs), ENTRIES_A_BLOCK)]
    return "\n".join(
        (
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
            f"/CMapName /{name} def /CMapType 2 def",
            "1 begincodespacerange <00> <FF> endcodespacerange",
            *(line for block in blocks for line in (f"{len(block)} beginbfchar", *block, "endbfchar")),
            "endcmap CMapName currentdict /CMap defineresource pop end end",
        )
    )


def _byte_map(names: Sequence[str]) -> Any:
    table = CmapSubtable.newSubtable(0)
    table.platformID, table.platEncID, table.language = 1, 0, 0
    table.cmap = dict(enumerate(names))
    cmap = newTable("cmap")
    cmap.tableVersion, cmap.tables = 0, [table]
    return cmap


@lru_cache(maxsize=1)
def register() -> None:
    """Make the two weights known to reportlab under the names of WEIGHTS."""
    for name, weight in WEIGHTS.items():
        pdfmetrics.registerFont(EmbeddedFont(name, weight))
