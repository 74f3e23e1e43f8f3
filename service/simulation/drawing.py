"""What the reports of simulations and replays are made of: a page with its charts inside it, and a chart as PNG."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from service.documents.noto import FILE as FONT


def page_of(template: str, figures: Mapping[str, Any], charts: Mapping[str, bytes]) -> str:
    """One file that needs no other: `charts`, PNG by name, are written into it."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    images = {name: base64.b64encode(image).decode() for name, image in charts.items()}
    return environment.get_template(template).render(**figures, images=images)


def chart_figure(width: float, height: float, columns: int = 1) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=120, layout="constrained")
    return figure, figure.subplots(1, columns, squeeze=False)[0]


def chart_font(size: float) -> Any:
    from matplotlib.font_manager import FontProperties

    return FontProperties(fname=str(FONT), size=size)


def chart_png(figure: Any) -> bytes:
    made = BytesIO()
    figure.savefig(made, format="png", metadata={"Software": None})
    return made.getvalue()
