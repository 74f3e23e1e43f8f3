"""How large the environment is that `make` installs, tests' own tools included."""

from __future__ import annotations

import os
import sys
from pathlib import Path

LARGEST_BYTES = 1_300_000_000


def test_the_environment_stays_below_1_3_gigabytes() -> None:
    found: dict[tuple[int, int], int] = {}
    for folder, _, names in os.walk(Path(sys.prefix).resolve()):
        for name in names:
            told = (Path(folder) / name).lstat()
            found[told.st_dev, told.st_ino] = told.st_size
    assert sum(found.values()) < LARGEST_BYTES
