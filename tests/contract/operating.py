"""The operators' API over a small ledger, and agents with tokens of their own, for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi.testclient import TestClient
from httpx import Response

from service.api import accounts, credit_lines, ledger, operate, payment_files
from service.db.engine import Database
from service.domain.desk.agent_token import TokenRole
from service.domain.loan.file_policy import parse_file_policy
from service.domain.loan.limit_rules import parse_limit_rules
from service.usecases.desk.ensure_agent import ensure_agent
from service.usecases.desk.issue_token import issue_token
from service.usecases.loan.verify_journal import verify_borrower
from service.usecases.ports import FrozenClock
from service.wiring import read_policy
from tests.service.loan.ledger import CAPS, PRODUCTS, assert_projection_is_the_journal
from tests.service.routes import app_of

NAME, OTHER = "苏禾", "顾清"
WHY = "银行通知，凭证 118"


@dataclass
class Desk:
    """`operator` and `viewer` are tokens of the agent NAME, `other` is one of OTHER's, who may change things too."""

    client: TestClient
    database: Database
    clock: FrozenClock
    operator: str
    viewer: str
    other: str

    def ask(self, path: str, *, key: str = "k-1", token: str | None = None, **body: Any) -> Response:
        headers = {"Authorization": f"Bearer {token or self.operator}", "Idempotency-Key": key}
        return self.client.post(f"/loan{path}", json={"reason": WHY, **body}, headers=headers)

    def look(self, path: str, *, token: str | None = None, **query: Any) -> Response:
        headers = {"Authorization": f"Bearer {token or self.viewer}"}
        return self.client.get(f"/loan{path}", params=query, headers=headers)

    def events(self, borrower_id: str) -> list[dict[str, Any]]:
        return list(self.look(f"/borrowers/{borrower_id}/events", limit=500).json()["events"])

    def assert_sound(self, *borrower_ids: str) -> None:
        with self.database.reading() as conn:
            for borrower_id in borrower_ids:
                assert_projection_is_the_journal(conn, borrower_id)
                assert verify_borrower(conn, borrower_id) == ()


def token_for(database: Database, name: str, role: TokenRole, *, clock: FrozenClock, days: int = 30) -> str:
    with database.transaction() as conn:
        ensure_agent(conn, agent_id=name, name=name, password="not-needed-here", now=clock.now())
        return issue_token(conn, name=name, role=role, lasts=timedelta(days=days), now=clock.now())[0]


def tokens_of(database: Database, *operators: str, clock: FrozenClock) -> dict[str, str]:
    """A token by the name of each, and that of a viewer, who is the first of them."""
    tokens = {name: token_for(database, name, TokenRole.OPERATOR, clock=clock) for name in operators}
    return tokens | {"viewer": token_for(database, operators[0], TokenRole.VIEWER, clock=clock)}


@contextmanager
def desk_over(database: Database, *, clock: FrozenClock) -> Iterator[Desk]:
    rules = parse_limit_rules(read_policy("limit_rules"))
    files = parse_file_policy(read_policy("bank_files"))
    routers = [one.router for one in (operate, accounts, credit_lines, ledger, payment_files)]
    tables = {"products": PRODUCTS, "price_caps": CAPS, "limit_rules": rules, "bank_files": files}
    app = app_of(*routers, database=database, clock=clock, **tables)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Desk(
            client,
            database,
            clock,
            operator=token_for(database, NAME, TokenRole.OPERATOR, clock=clock),
            viewer=token_for(database, NAME, TokenRole.VIEWER, clock=clock),
            other=token_for(database, OTHER, TokenRole.OPERATOR, clock=clock),
        )


def problem(answer: Response) -> tuple[int, str]:
    """Status and code of a refusal that speaks both languages."""
    told = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert any("\u4e00" <= sign <= "\u9fff" for sign in told["detail"])
    assert told["detail_en"].isascii()
    return answer.status_code, told["code"]
