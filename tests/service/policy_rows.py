"""The wording rows of the real policy table, for tests of those who must obey them."""

from __future__ import annotations

from service.domain.collect.rules import parse_rules
from service.domain.collect.wording import Wording
from service.wiring import read_policy


def wording() -> tuple[Wording, ...]:
    return parse_rules(read_policy("compliance")).wording
