"""Puts the console's pages and files into the service's application."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from service.console import (
    call_pages,
    credit_line_pages,
    experiment_pages,
    figure_pages,
    hardship_pages,
    hours_pages,
    learning_pages,
    legal_file_pages,
    limit_pages,
    log_in_pages,
    matter_pages,
    pages,
    queue_pages,
    stop_pages,
    token_pages,
    wechat_pages,
)
from service.console.route import HOME, STATIC
from service.console.session import GuessLimiter


def install(app: FastAPI) -> None:
    """Serve the console at /console. `app.state.services` must be there when the first request comes."""
    app.state.console_guesses = GuessLimiter()
    app.mount(f"{HOME}/static", StaticFiles(directory=STATIC), name="console-static")
    app.include_router(log_in_pages.router)
    app.include_router(pages.router)
    app.include_router(stop_pages.router)
    app.include_router(hours_pages.router)
    app.include_router(wechat_pages.router)
    app.include_router(queue_pages.router)
    app.include_router(call_pages.router)
    app.include_router(limit_pages.router)
    app.include_router(credit_line_pages.router)
    app.include_router(hardship_pages.router)
    app.include_router(learning_pages.router)
    app.include_router(legal_file_pages.router)
    app.include_router(experiment_pages.router)
    app.include_router(figure_pages.router)
    app.include_router(token_pages.router)
    app.include_router(matter_pages.router)
    app.include_router(pages.elsewhere)  # the last: every other address is asked before
