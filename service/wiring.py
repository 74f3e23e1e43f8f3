"""Puts the real parts together: database, clock, policy tables, bot client, gateway and channels."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from service.db.engine import Database
from service.settings import ROOT, Settings
from service.usecases.ports import Clock, SystemClock

POLICY = ROOT / "service" / "policy"


def read_policy(name: str, folder: Path = POLICY) -> dict[str, Any]:
    """One policy table as TOML gives it. Raises FileNotFoundError or tomllib.TOMLDecodeError (with the line)."""
    with (folder / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)
