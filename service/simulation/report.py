"""What the runs came to, as a page of its own with charts inside it, and the charts as PNG."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from service.domain.collect.figures import roll_shares
from service.domain.loan.ageing import BEYOND_BUCKETS, BUCKETS
from service.simulation.drawing import chart_figure, chart_font, chart_png, page_of
from service.simulation.measure import MEASURES, cost_per_yuan, differences, means, recovery_rate
from service.simulation.world import Run

_BUCKETS = [*(name for _, name in BUCKETS), BEYOND_BUCKETS]


def write_report(runs: Sequence[Run], folder: Path, *, without_gate: Run | None = None) -> list[Path]:
    """simulation.html, its charts as PNG, and all figures as simulation.json; the first run is what the others are
    compared with. Returns what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    charts = {"recovery": _curves(runs), "rolls": _rolls(runs)}
    written = []
    for name, image in charts.items():
        (path := folder / f"{name}.png").write_bytes(image)
        written.append(path)
    figures = figures_of(runs, without_gate)
    (path := folder / "simulation.json").write_text(json.dumps(figures, ensure_ascii=False, indent=1))
    written.append(path)
    (path := folder / "simulation.html").write_text(page_of("simulation.html", figures, charts), encoding="utf-8")
    return [*written, path]


def figures_of(runs: Sequence[Run], without_gate: Run | None = None) -> dict[str, Any]:
    """Everything that the page shows, as JSON."""
    base, *others = runs
    setting = base.setting
    return {
        "setting": {
            "debtors": setting.debtors,
            "days": setting.days,
            "seed": setting.seed,
            "begins_on": setting.begins_on.isoformat(),
            "people_a_day": setting.people_a_day,
        },
        "measures": {name: label for name, (label, _) in MEASURES.items()},
        "runs": [_run(one) for one in runs],
        "against": base.name,
        "differences": {one.name: _told(differences(one, base)) for one in others},
        "gate": None
        if without_gate is None
        else {"run": _run(without_gate), "difference": _told(differences(without_gate, _same(runs, without_gate)))},
    }


def _same(runs: Sequence[Run], without_gate: Run) -> Run:
    return next(one for one in runs if one.name == without_gate.name)


def _run(run: Run) -> dict[str, Any]:
    return {
        "name": run.name,
        "recovery_rate": recovery_rate(run),
        "cost_per_yuan": cost_per_yuan(run),
        "means": _told(means(run)),
        "recovered_fen": run.recovered_fen,
        "rolls": {f"{a}→{b}": fen for (a, b), fen in sorted(run.rolls.items())},
        "sent": {f"{channel} {tier}": n for (channel, tier), n in sorted(run.sent.items())},
        "blocked": dict(run.blocked.most_common()),
    }


def _told(estimates: Mapping[str, Any]) -> dict[str, list[float]]:
    return {name: [round(value, 6) for value in (one.low, one.at, one.high)] for name, one in estimates.items()}


def _curves(runs: Sequence[Run]) -> bytes:
    figure, (plot,) = chart_figure(8, 4)
    for run in runs:
        billed = max(1, sum(one.billed_fen for one in run.lives))
        share = [100 * fen / billed for fen in run.recovered_fen]
        plot.plot(range(1, len(share) + 1), share, label=run.name, linewidth=2)
    plot.set_title("累计回收占应还的比例（%）", fontproperties=chart_font(11))
    plot.set_xlabel("天", fontproperties=chart_font(9))
    plot.grid(alpha=0.3)
    plot.legend(prop=chart_font(9))
    return chart_png(figure)


def _rolls(runs: Sequence[Run]) -> bytes:
    """For each run, which part of a bucket's money is in which bucket a month later."""
    figure, plots = chart_figure(4.2 * len(runs), 4, len(runs))
    for plot, run in zip(plots, runs, strict=True):
        shares = roll_shares(run.rolls)
        rates = [[float(shares.get((before, after), 0)) for after in _BUCKETS] for before in _BUCKETS]
        plot.imshow(rates, cmap="Blues", vmin=0, vmax=1)
        for row, values in enumerate(rates):
            for column, rate in enumerate(values):
                if rate >= 0.005:
                    colour = "white" if rate > 0.6 else "black"
                    plot.text(column, row, f"{rate:.0%}", ha="center", va="center", fontsize=7, color=colour)
        plot.set_xticks(range(len(_BUCKETS)), _BUCKETS, fontsize=7)
        plot.set_yticks(range(len(_BUCKETS)), _BUCKETS, fontsize=7)
        plot.set_title(f"{run.name}：30 天后的账龄", fontproperties=chart_font(10))
    return chart_png(figure)
