"""How days, instants and times of day come in: as ISO text and nothing else; a number is not taken for seconds."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator
from pydantic_core import PydanticCustomError

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")


def _only_iso(given: Any) -> Any:
    if isinstance(given, date) or (isinstance(given, str) and _ISO.fullmatch(given)):
        return given
    raise PydanticCustomError("date_type", "Input should be a day in the form YYYY-MM-DD")


Day = Annotated[date, BeforeValidator(_only_iso)]


def _only_text(given: Any) -> Any:
    if isinstance(given, datetime | str) and not (isinstance(given, str) and given.strip().lstrip("+-").isdigit()):
        return given
    raise PydanticCustomError("datetime_type", "Input should be an instant in ISO form")


_MINUTE = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def _only_minutes(given: Any) -> Any:
    if isinstance(given, str) and _MINUTE.fullmatch(given):
        return given
    raise PydanticCustomError("time_type", "Input should be a time of day in the form HH:MM")


Clock = Annotated[time, BeforeValidator(_only_minutes)]
Instant = Annotated[AwareDatetime, BeforeValidator(_only_text)]
