"""The bot asks for a clause over HTTP: only with the token of our own processes, and with nobody's identity."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from service.api import knowledge as api
from service.domain.rows import PolicyError
from service.usecases.ports import FrozenClock
from service.wiring import POLICY, read_knowledge
from tests.domain.chat.knowledge_cases import TODAY, knowledge, tables
from tests.service.routes import asking


@pytest.fixture
def http(clock: FrozenClock) -> Iterator[TestClient]:
    with asking(api.router, knowledge=knowledge(), clock=clock) as client:
        yield client


def test_a_question_is_answered_with_its_source_its_version_and_what_to_press(http: TestClient) -> None:
    asked = {"text": "我可以提前还清吗？", "intent": ["early_settlement"]}
    clause = http.get("/knowledge/answer", params=asked).json()["clause"]
    assert (clause["id"], clause["source"], clause["strong"]) == ("early_law", "《民法典》第六百七十七条", True)
    table = tomllib.loads((POLICY / "knowledge" / "repay.toml").read_text(encoding="utf-8"))
    assert clause["version"] == table["version"]
    assert clause["buttons"] == [{"title": "提前结清要多少", "payload": "/early_settlement"}]


def test_what_no_clause_answers_is_null_and_no_error(http: TestClient) -> None:
    answer = http.get("/knowledge/answer", params={"text": "明天会下雨吗"})
    assert (answer.status_code, answer.json()) == (200, {"clause": None})


@pytest.mark.parametrize("params", [{}, {"text": ""}, {"text": "好" * 201}, {"text": "好", "intent": "a" * 65}])
def test_a_question_that_is_none_is_refused(http: TestClient, params: dict[str, object]) -> None:
    answer = http.get("/knowledge/answer", params=params)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_nobody_but_our_own_processes_may_ask(http: TestClient) -> None:
    answer = http.get("/knowledge/answer", params={"text": "能提前还吗"}, headers={"Authorization": "Bearer x"})
    assert (answer.status_code, answer.json()["code"]) == (401, "service_token_invalid")


def test_a_table_with_a_mistake_stops_the_start_and_says_where(tmp_path: Path) -> None:
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "knowledge.toml").write_text((POLICY / "knowledge.toml").read_text(encoding="utf-8"), encoding="utf-8")
    shipped = (POLICY / "knowledge" / "overdue.toml").read_text(encoding="utf-8")
    wrong = shipped.replace("{grace_days}", "{grace_dais}")
    (tmp_path / "knowledge" / "overdue.toml").write_text(wrong, encoding="utf-8")
    with pytest.raises(
        PolicyError, match=r"knowledge/overdue\.toml, line \d+: clause 1 \(grace_days\): answer: \{grace_dais\}"
    ):
        read_knowledge(tables(), today=TODAY, folder=tmp_path)


def test_an_id_that_two_files_have_is_refused(tmp_path: Path) -> None:
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "knowledge.toml").write_text((POLICY / "knowledge.toml").read_text(encoding="utf-8"), encoding="utf-8")
    for name in ("one", "two"):
        text = (POLICY / "knowledge" / "fraud.toml").read_text(encoding="utf-8")
        (tmp_path / "knowledge" / f"{name}.toml").write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError, match=r"knowledge/two\.toml, line \d+: clause 1 .*is taken in knowledge/one\.toml"):
        read_knowledge(tables(), today=TODAY, folder=tmp_path)
