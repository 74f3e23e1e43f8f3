"""Money is a whole number of fen; this module turns it to and from what people read and write."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

FEN_PER_YUAN = 100
# No sum that anybody tells is larger, 10,000,000,000 yuan: what is, is refused where it comes in, for a database
# keeps 64 bits.
LARGEST_FEN = 10**12


def yuan(amount_fen: int) -> str:
    """1234567 → '12,345.67'. For people; never parsed back."""
    sign = "-" if amount_fen < 0 else ""
    whole, fen = divmod(abs(amount_fen), FEN_PER_YUAN)
    return f"{sign}{whole:,}.{fen:02d}"


def spoken_yuan(amount_fen: int) -> str:
    """As one says it: 50000 → '500', 50030 → '500.30'."""
    return yuan(amount_fen).removesuffix(".00")


def fen_from_yuan(text: str) -> int:
    """'806.19' → 80619. Raises ValueError where the text is no amount or has a part of a fen."""
    exact = Decimal(text) * FEN_PER_YUAN
    if exact != exact.to_integral_value():
        raise ValueError(f"{text} yuan is not a whole number of fen")
    return int(exact)


def written_fen(text: str) -> int | None:
    """What people write: '806.19', '30,000' or '500元'; None where it is no sum above 0."""
    try:
        fen = fen_from_yuan(text.strip().replace(",", "").replace("，", "").removesuffix("元"))
    except (ValueError, ArithmeticError):
        return None
    return fen if 0 < fen <= LARGEST_FEN else None


def round_fen(exact: Decimal, rounding: str = ROUND_HALF_UP, unit_fen: int = 1) -> int:
    """Round an exact number of fen to a multiple of `unit_fen` with one of `decimal`'s conventions."""
    return int((exact / unit_fen).quantize(Decimal(1), rounding=rounding)) * unit_fen
