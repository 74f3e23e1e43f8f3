"""What the lender's people do at the command line: let an agent in, say what became of a payment in doubt,
have the ledger proved."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Iterator

import typer

from service.db.desk import agent_with_id
from service.db.loan import borrower_ids
from service.domain.desk.handover import AgentRole
from service.domain.errors import XiaoqingError
from service.domain.money import written_fen
from service.ready import clock_of, database
from service.settings import Settings
from service.usecases.desk.ensure_agent import ensure_agent
from service.usecases.loan.resolve_mismatch import resolve_mismatch
from service.usecases.loan.verify_journal import Fault, verify_borrower
from service.wiring import build

LONGEST_NAME = 64  # what the database keeps
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 256


def let_in(config: Settings, *, name: str, role: AgentRole | None, password: str) -> str | None:
    """Add the agent, or change his password, and his role where one is given. Returns what is wrong, in Chinese."""
    if not 0 < len(name) <= LONGEST_NAME:
        return f"登录名要有 1 到 {LONGEST_NAME} 个字。"
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        return f"密码要有 {SHORTEST_PASSWORD} 到 {LONGEST_PASSWORD} 个字符，没有保存。"
    with database(config) as at, at.transaction() as conn:
        ensure_agent(conn, agent_id=name, name=name, password=password, role=role, now=clock_of(config).now())
    return None


def shut_out(config: Settings, *, name: str) -> str | None:
    """Leave the agent no password that anybody knows: his log-ins and tokens are over, what he did stays under his
    name. Returns what is wrong, in Chinese, or None."""
    with database(config) as at, at.transaction() as conn:
        known = agent_with_id(conn, name)
        if known is None:
            return f"没有叫“{name}”的坐席，请核对登录名。"
        nobody_knows = secrets.token_urlsafe(48)
        now = clock_of(config).now()
        ensure_agent(conn, agent_id=name, name=known.name, password=nobody_knows, now=now)
    return None


def asked_password() -> str:
    """As it is typed twice at a terminal; elsewhere the first line of what comes in."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("密码", hide_input=True, confirmation_prompt="再输入一次"))


def faults(config: Settings, *, progress: Callable[[int, int], None]) -> Iterator[Fault]:
    """Whatever in the ledger does not fit, borrower by borrower; reads only."""
    with database(config) as at:
        with at.reading() as conn:
            everybody = borrower_ids(conn)
        for number, borrower_id in enumerate(everybody, start=1):
            with at.reading() as conn:
                yield from verify_borrower(conn, borrower_id)
            progress(number, len(everybody))


def say_what_was_taken(config: Settings, *, order_id: str, taken: str, not_taken: bool) -> str | None:
    """End an order in doubt: post `taken` yuan, or nothing. Returns what is wrong, in Chinese, or None."""
    fen = written_fen(taken) if taken else None
    if (fen is None) != not_taken or (taken and not_taken):
        return "请用 --taken 金额（例如 --taken 199.50）或 --not-taken 二者之一说明核对结果。"
    services = build(config)
    hooks = services.after_payment
    try:
        resolve_mismatch(services.database, order_id=order_id, taken_fen=fen, clock=services.clock, hooks=hooks)
    except XiaoqingError as refusal:
        return str(refusal)
    finally:
        services.close()
    return None
