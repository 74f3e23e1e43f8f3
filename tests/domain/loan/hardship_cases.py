"""The policy on hardship as it ships, for tests."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from service.domain.loan.hardship_policy import HardshipPolicy, parse_hardship_policy

TABLE = Path(__file__).parents[3] / "service/policy/hardship.toml"


def hardship_table() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def hardship_policy() -> HardshipPolicy:
    return parse_hardship_policy(hardship_table())
