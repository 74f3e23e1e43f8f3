"""What a replayed strategy came to beside what was really done, as a page with its chart inside, the chart as PNG, and
all figures as JSON. People are masked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service.domain.collect.replay import Replay
from service.domain.desk.mask import mask_name, mask_phone
from service.simulation.drawing import chart_figure, chart_font, chart_png, page_of

MOST_NAMED = 500


def write_replay(found: Replay, folder: Path, *, name: str) -> list[Path]:
    """replay.html, replay.png and replay.json; returns what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    figures, chart = replay_figures(found, name=name), _daily(found, name)
    page = page_of("replay.html", figures, {"daily": chart})
    parts: Mapping[str, bytes] = {
        "replay.png": chart,
        "replay.json": json.dumps(figures, ensure_ascii=False, indent=1).encode(),
        "replay.html": page.encode(),
    }
    for file, content in parts.items():
        (folder / file).write_bytes(content)
    return [folder / file for file in parts]


def replay_figures(found: Replay, *, name: str) -> dict[str, Any]:
    """Everything that the page shows. Of the bothered those with the most messages, at most 500."""
    setting = found.setting
    ordered = sorted(found.bothered, key=lambda one: (-one.messages, -one.shielded, one.borrower_id))
    pairs = sorted({*found.sent, *found.really_sent})
    codes = sorted({*found.blocked, *found.really_blocked}, key=lambda code: (-found.blocked[code], code))
    return {
        "name": name,
        "first": setting.first.isoformat(),
        "last": setting.last.isoformat(),
        "channels": sorted(setting.channels),
        "debtors": found.debtors,
        "totals": {
            "messages": sum(found.daily.values()),
            "really": sum(found.really_daily.values()),
            "bothered": sum(one.messages > 0 for one in found.bothered),
            "only_now": sum(one.messages > 0 and one.really == 0 for one in found.bothered),
            "soon": sum(one.soon > 0 for one in found.bothered),
            "shielded": sum(one.shielded > 0 for one in found.bothered),
        },
        "sent": [
            [channel, tier, found.sent[channel, tier], found.really_sent[channel, tier]] for channel, tier in pairs
        ],
        "blocked": [[code, found.blocked[code], found.really_blocked[code]] for code in codes],
        "bothered": [
            {
                "name": mask_name(one.name),
                "phone": mask_phone(one.phone),
                "messages": one.messages,
                "really": one.really,
                "soon": one.soon,
                "shielded": one.shielded,
            }
            for one in ordered[:MOST_NAMED]
        ],
        "left_out": max(0, len(ordered) - MOST_NAMED),
    }


def _daily(found: Replay, name: str) -> bytes:
    figure, (plot,) = chart_figure(9, 4)
    days = list(found.setting.days())
    plot.plot(days, [found.daily[day] for day in days], label=name, linewidth=2)
    plot.plot(days, [found.really_daily[day] for day in days], label="实际", linewidth=2, linestyle="--")
    plot.set_title("每天的消息数", fontproperties=chart_font(11))
    plot.tick_params(axis="x", labelrotation=30, labelsize=8)
    plot.grid(alpha=0.3)
    plot.legend(prop=chart_font(9))
    return chart_png(figure)
