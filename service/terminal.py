"""A conversation in the terminal: the same HTTP interface as the borrower's page, with numbered quick replies."""

from __future__ import annotations

import time
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
import jwt
from rich.console import Console
from rich.markup import escape

from service.settings import Settings

PATIENCE_SECONDS = 30


def talk(config: Settings, *, borrower: str, screen: Console) -> str | None:
    """Talk until the person ends it. Returns what went wrong, in Chinese, or None."""
    client = httpx.Client(base_url=config.service_url, timeout=10, trust_env=False)  # loopback, whatever the proxy
    try:
        token = _token(config, borrower) if borrower else _told(client.post("/chat/visitors"))["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        history = _told(client.get("/chat/turns", params={"limit": 50}))
    except httpx.HTTPError:
        return f"连不上 {config.service_url}。请先在另一个终端运行：xiaoqing up"
    except _Refusal as refusal:
        return str(refusal)
    screen.print("[dim]小清是自动化智能助手。输入 /quit 结束；输入数字选择快捷回复。[/dim]")
    return _converse(client, screen, after=max((turn["id"] for turn in history["turns"]), default=0))


class _Refusal(Exception):
    """The service answered, with no: its own words, in Chinese."""


def _told(answer: httpx.Response) -> dict[str, Any]:
    """The body of an answer. Raises _Refusal for one that is none."""
    try:
        body: dict[str, Any] = answer.json()
    except ValueError:
        body = {}
    if answer.is_error or not body:
        raise _Refusal(body.get("detail") or f"服务暂时不可用（HTTP {answer.status_code}），请稍后再试。")
    return body


def _token(config: Settings, borrower: str) -> str:
    """By the clock of the service, which may be shifted."""
    now = datetime.now(timezone.utc) + timedelta(seconds=config.clock_offset_seconds)
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
            said = _told(client.post("/chat/messages", json=message))["turn_id"]
            after, buttons = _show_replies(client, screen, to=said, after=after, buttons=buttons)
        except _Refusal as refusal:
            screen.print(f"[red]{escape(str(refusal))}[/red]")
        except httpx.HTTPError as broken:
            return f"与服务的连接断开了（{broken}）。消息已经保存，重新连接后可以看到回复。"


def _show_replies(
    client: httpx.Client, screen: Console, *, to: int, after: int, buttons: list[dict[str, str]]
) -> tuple[int, list[dict[str, str]]]:
    """Print what is said until turn `to` is answered and nothing else follows; what was said of itself (a receipt,
    a reminder) is printed, too, and is not taken for the answer."""
    until = time.monotonic() + PATIENCE_SECONDS
    answered = False
    with screen.status("小清正在输入…"):
        while time.monotonic() < until:
            page = _told(client.get("/chat/turns", params={"after": after, "limit": 50}))
            for turn in page["turns"]:
                after = max(after, turn["id"])
                if turn["direction"] == "out":
                    _print(screen, turn)
                    buttons = list(turn.get("buttons") or [])
                    answered = answered or turn["reply_to"] == to
            if page["owner"] == "agent" or (answered and not page["typing"] and not page["more"]):
                break
            time.sleep(0.3)
        else:
            if not answered:
                screen.print("[yellow]小清暂时没有回复，您的消息已保存，稍后会继续回答。[/yellow]")
    for number, button in enumerate(buttons, 1):
        screen.print(f"   [cyan]{number}[/cyan] {escape(button['title'])}", highlight=False)
    return after, buttons


def _print(screen: Console, turn: dict[str, Any]) -> None:
    screen.print(f"[bold green]小清[/bold green] {escape(turn['text'])}", highlight=False)
