"""Prices over HTTP, against the whole application: anybody may ask, and is refused in words that help."""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.db.engine import Database
from service.domain.loan.products import ProductTableError
from service.domain.rows import PolicyError
from service.usecases.ports import FrozenClock
from service.web import create_app
from service.wiring import POLICY, Services, build, read_products
from tests.service.test_whole_service import settings

TODAY = date(2026, 11, 23)
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture
def services(sqlite_database: Database, tmp_path: Path, clock: FrozenClock) -> Iterator[Services]:
    built = build(settings(sqlite_database, tmp_path), clock=clock)
    yield built
    built.close()


@pytest.fixture
def http(services: Services) -> TestClient:
    return TestClient(create_app(services, with_scheduler=False), raise_server_exceptions=False)


def ask(http: TestClient, code: str = "appliance", **query: Any) -> Any:
    return http.get(f"/loan/products/{code}/cost-table", params=query)


def test_anybody_may_read_what_is_offered(http: TestClient, services: Services) -> None:
    answer = http.get("/loan/products")
    assert answer.status_code == 200
    told = answer.json()
    assert told["products_version"] == services.products.version
    assert [one["code"] for one in told["products"]] == list(services.products)
    beauty = next(one for one in told["products"] if one["code"] == "beauty")
    assert (beauty["method_name"], beauty["annual_rate"], beauty["all_in_cost"]) == ("等本等息", "0.1324", "0.132321")
    assert (beauty["min_principal_fen"], beauty["periods"]) == (100_000, [6, 12, 18])
    for one in told["products"]:
        assert 0 < float(one["all_in_cost"]) < float(one["all_in_cost_compound"]) < 0.24


def test_a_cost_table_is_whole_and_names_who_collects(http: TestClient) -> None:
    answer = ask(http, principal_fen=1_000_000, periods=12)
    assert answer.status_code == 200
    told = answer.json()
    assert told["annual_rate"] == "0.144"
    assert told["start_on"] == "2026-11-23"
    assert told["first_due_on"] == "2026-12-23"
    assert len(told["schedule"]) == 12
    assert sum(row["payment_fen"] for row in told["schedule"]) == told["total_repayment_fen"]
    assert told["total_repayment_fen"] == 1_000_000 + told["total_cost_fen"]
    assert {item["collector"] for item in told["items"] + told["contingent"]} == {"小清消费金融"}
    assert [item["name"] for item in told["contingent"]] == ["逾期罚息", "提前结清手续费"]
    assert told["nothing_else"] == "除本表列明的项目外，本笔借款不收取其他任何费用。"


def test_a_due_day_of_ones_own_moves_the_first_due_date(http: TestClient) -> None:
    told = ask(http, principal_fen=1_000_000, periods=12, due_day=5).json()
    assert told["first_due_on"] == "2026-12-05"
    assert told["schedule"][0]["interest_fen"] < told["schedule"][1]["interest_fen"]


def test_every_product_on_offer_has_a_table_at_its_smallest_and_its_largest(http: TestClient) -> None:
    for offer in http.get("/loan/products").json()["products"]:
        for principal_fen in (offer["min_principal_fen"], offer["max_principal_fen"]):
            for periods in offer["periods"]:
                told = ask(http, offer["code"], principal_fen=principal_fen, periods=periods)
                assert told.status_code == 200, told.text
                assert told.json()["principal_fen"] == principal_fen


@pytest.mark.parametrize(
    ("query", "code", "says"),
    [
        ({"principal_fen": 49_999, "periods": 12}, "principal_out_of_range", "在 500 元到 30,000 元之间"),
        ({"principal_fen": 3_000_001, "periods": 12}, "principal_out_of_range", "请调整金额"),
        ({"principal_fen": 0, "periods": 12}, "principal_out_of_range", "500 元"),
        ({"principal_fen": -1, "periods": 12}, "principal_out_of_range", "500 元"),
        ({"principal_fen": 10**30, "periods": 12}, "principal_out_of_range", "500 元"),
        ({"principal_fen": 100_000, "periods": 5}, "periods_not_offered", "3、6、12、24 期"),
        ({"principal_fen": 100_000, "periods": 0}, "periods_not_offered", "请重新选择"),
        ({"principal_fen": 100_000}, "invalid_request", "请检查"),
        ({"periods": 12}, "invalid_request", "请检查"),
        ({"principal_fen": "1e5", "periods": 12}, "invalid_request", "请检查"),
        ({"principal_fen": "1000.5", "periods": 12}, "invalid_request", "请检查"),
        ({"principal_fen": 100_000, "periods": 12, "due_day": 32}, "invalid_request", "请检查"),
    ],
)
def test_a_wrong_wish_is_refused_with_what_to_do(http: TestClient, query: dict[str, Any], code: str, says: str) -> None:
    answer = ask(http, **query)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert says in answer.json()["detail"]
    assert CHINESE.search(answer.json()["detail"])


@pytest.mark.parametrize("code", ["nothing", "Appliance", "%00", "家电", "x" * 64])
def test_a_product_that_is_not_there_is_not_found(http: TestClient, code: str) -> None:
    answer = ask(http, code, principal_fen=100_000, periods=12)
    assert (answer.status_code, answer.json()["code"]) == (404, "product_unknown")
    assert "产品列表" in answer.json()["detail"]


def test_the_description_tells_of_the_routes_and_of_their_refusals(http: TestClient) -> None:
    paths = http.get("/openapi.json").json()["paths"]
    assert "/loan/products" in paths
    told = paths["/loan/products/{code}/cost-table"]["get"]
    assert {"200", "404", "422"} <= set(told["responses"])
    assert {one["name"] for one in told["parameters"]} == {"code", "principal_fen", "periods", "due_day"}


def test_the_page_is_served_with_all_it_needs_and_nothing_from_elsewhere(http: TestClient) -> None:
    page = http.get("/cost")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "综合融资成本明示表" in page.text
    assert 'lang="zh-CN"' in page.text
    addresses = re.findall(r'(?:src|href)="([^"#]+)"', page.text)
    assert not [one for one in addresses if "//" in one]
    for address in {one for one in addresses if one.startswith("/chat/static")}:
        assert http.get(address).status_code == 200, address


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A folder with the real tables, to be spoiled."""
    for name in ("products.toml", "price_caps.toml"):
        shutil.copy(POLICY / name, tmp_path / name)
    return tmp_path


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_product_over_a_binding_cap_is_refused_when_the_tables_are_read(tables: Path) -> None:
    spoil(tables / "products.toml", 'annual_rate = "0.156"', 'annual_rate = "0.24"\npenalty_multiplier = "1"')
    with pytest.raises(
        ProductTableError, match=r"product digital \(数码分期\): all-in cost 24\.\d+ % of .* judicial_24"
    ):
        read_products(today=TODAY, folder=tables)


def test_a_product_over_guidance_is_read_and_told_to_the_log(tables: Path, caplog: pytest.LogCaptureFixture) -> None:
    spoil(tables / "products.toml", 'annual_rate = "0.156"', 'annual_rate = "0.21"')
    with caplog.at_level(logging.WARNING, logger="xiaoqing.policy"):
        products, _ = read_products(today=TODAY, folder=tables)
    assert "digital" in products
    assert [record.getMessage() for record in caplog.records if "new_loans_20" in record.getMessage()]


def test_the_real_tables_are_read_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="xiaoqing.policy"):
        read_products(today=TODAY)
    assert not caplog.records


def test_a_lowered_cap_refuses_what_was_lawful_before(tables: Path) -> None:
    spoil(tables / "price_caps.toml", 'id = "judicial_24"\ncap = "0.24"', 'id = "judicial_24"\ncap = "0.15"')
    with pytest.raises(ProductTableError, match=r"product digital .*15\.\d+ % .* judicial_24: 15 %"):
        read_products(today=TODAY, folder=tables)


def test_a_wrong_cap_table_is_refused_with_its_place(tables: Path) -> None:
    spoil(tables / "price_caps.toml", "binds = true", "binds = 1")
    with pytest.raises(
        PolicyError, match=r"price_caps.toml, line \d+: cap 1 \(judicial_24\): binds: must be true or false"
    ):
        read_products(today=TODAY, folder=tables)
