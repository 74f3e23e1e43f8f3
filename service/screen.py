"""What a command writes to its terminal: results, complaints, and a bar for whatever takes longer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

screen = Console()
complaints = Console(stderr=True)


def fail(message: str, *, code: int = 1) -> typer.Exit:
    """`message` is shown as it is: it may name a file, or repeat what somebody wrote, and [x] is no style there."""
    complaints.print(f"[bold red]✗[/bold red] {escape(message)}")
    return typer.Exit(code)


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar that a use case moves with (done, total)."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=screen) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
