"""A conversation in the terminal: the same HTTP interface as the borrower's page, with numbered quick replies."""

from __future__ import annotations

import time
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
import jwt
from rich.console import Console

from service.settings import Settings

PATIENCE_SECONDS = 30


def talk(config: Settings, *, borrower: str, screen: Console) -> str | None:
    """Talk until the person ends it. Returns what went wrong, in Chinese, or None."""
    client = httpx.Client(base_url=config.service_url, timeout=10)
    try:
        token = _token(config, borrower) if borrower else client.post("/chat/visitors").json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        history = client.get("/chat/turns", params={"limit": 50})
    except httpx.HTTPError:
        return f"连不上 {config.service_url}。请先在另一个终端运行：xiaoqing up"
    if history.status_code != 200:
        return str(history.json().get("detail", history.text))
    screen.print("[dim]小清是自动化智能助手。输入 /quit 结束；输入数字选择快捷回复。[/dim]")
    return _converse(client, screen, after=max((turn["id"] for turn in history.json()["turns"]), default=0))


def _token(config: Settings, borrower: str) -> str:
    now = datetime.now(timezone.utc)
    claims = {"sub": borrower, "aud": "xiaoqing-chat", "iat": now, "exp": now + timedelta(minutes=30)}
    return jwt.encode(claims, config.app_signing_key, algorithm="HS256")


def _converse(client: httpx.Client, screen: Console, *, after: int) -> str | None:
    buttons: list[dict[str, str]] = []
    while True:
        try:
            text = screen.input("[bold cyan]我[/bold cyan] ").strip()
        except (EOFError, KeyboardInterrupt):
            return None
        if text == "/quit":
            return None
        if not text:
            continue
        message: dict[str, Any] = {"id": uuid.uuid4().hex, "text": text}
        if text.isdigit() and 0 < int(text) <= len(buttons):
            chosen = buttons[int(text) - 1]
            message |= {"text": chosen["title"], "payload": chosen["payload"]}
        try:
            answer = client.post("/chat/messages", json=message)
            if answer.status_code >= 400:
                screen.print(f"[red]{answer.json().get('detail', answer.text)}[/red]")
                continue
            after, buttons = _show_replies(client, screen, after=after, buttons=buttons)
        except httpx.HTTPError as broken:
            return f"与服务的连接断开了（{broken}）。消息已经保存，重新连接后可以看到回复。"


def _show_replies(
    client: httpx.Client, screen: Console, *, after: int, buttons: list[dict[str, str]]
) -> tuple[int, list[dict[str, str]]]:
    """Print what the assistant says until it has been quiet for a moment."""
    until = time.monotonic() + PATIENCE_SECONDS
    with screen.status("小清正在输入…"):
        while time.monotonic() < until:
            turns = client.get("/chat/turns", params={"after": after, "limit": 50}).json()["turns"]
            spoken = [turn for turn in turns if turn["direction"] == "out"]
            if spoken:
                break
            time.sleep(0.3)
        else:
            screen.print("[yellow]小清暂时没有回复，您的消息已保存，稍后会继续回答。[/yellow]")
            return after, buttons
    for turn in turns:
        after = max(after, turn["id"])
        if turn["direction"] == "out":
            screen.print(f"[bold green]小清[/bold green] {turn['text']}", highlight=False)
            buttons = list(turn.get("buttons") or [])
    for number, button in enumerate(buttons, 1):
        screen.print(f"   [cyan]{number}[/cyan] {button['title']}", highlight=False)
    return after, buttons
