"""The real policy table, for tests of those who must obey it."""

from __future__ import annotations

import tomllib

from service.domain.collect.rule_rows import parse_rules
from service.domain.collect.wording import Wording
from service.settings import ROOT


def wording() -> tuple[Wording, ...]:
    table = tomllib.loads((ROOT / "service/policy/compliance.toml").read_text())
    return parse_rules(table).wording
