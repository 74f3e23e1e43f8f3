"""The description of the API is complete: whoever reads it alone knows how to call everything and what may happen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from openapi_spec_validator import validate

from service.api.openapi import FIELDS, TAGS
from service.api.problems import KINDS
from service.db.engine import Database
from service.usecases.ports import FrozenClock
from tests.service.whole_api import whole_api

Json = dict[str, Any]
# Pages for people and their forms; everything else is described.
PAGES = ("/console", "/chat", "/cost", "/demo", "/", "/demo/log-in", "/openapi.json")
OPEN_TO_ALL = {
    "problems_list_problems", "problems_get_problem", "chat_post_visitor", "health_health",
    "loan_get_products", "loan_get_cost_table",
}  # fmt: skip
UNIT = {"_fen": "fen", "_on": "day", "_at": "ISO", "_until": "ISO"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    from datetime import datetime, timezone

    from service.db.tables import metadata

    folder = tmp_path_factory.mktemp("openapi")
    database = Database(f"sqlite:///{folder / 'test.db'}")
    metadata.create_all(database.engine)
    clock = FrozenClock(datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc))
    with whole_api(database, clock=clock, folder=Path(folder)) as found:
        yield found.app
    database.close()


@pytest.fixture(scope="module")
def document(app: FastAPI) -> Json:
    return app.openapi()


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def schemas(document: Json) -> Iterator[tuple[str, Json]]:
    yield from document["components"]["schemas"].items()
    for name, operation in operations(document):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            yield f"the body of {name}", content["schema"]


def test_the_document_is_valid_openapi(document: Json) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_every_route_but_the_pages_is_described(app: FastAPI, document: Json) -> None:
    described = set(document["paths"])
    routes = {str(route.path_format) for route in iter_route_contexts(app.routes) if route.methods}
    missing = {path for path in routes - described if path not in PAGES and not path.startswith("/console/")}
    assert not missing, f"these routes are hidden from the OpenAPI document: {sorted(missing)}"


def test_every_operation_says_what_it_is(document: Json) -> None:
    tags = {tag["name"] for tag in document["tags"]}
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert len(ids) == len(set(ids)), "two functions under one path prefix have the same name"
    for name, operation in operations(document):
        assert operation.get("description"), f"{name}: its function has no docstring, which is its description"
        summary = operation["summary"]
        assert 10 <= len(summary) <= 120, f"{name}: the docstring's first line is the summary: {summary!r}"
        own = operation["tags"]
        assert set(own) <= tags, f"{name}: add the tag {own} to TAGS in service/api/openapi.py"
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", operation["operationId"]), f"{name}: {operation['operationId']}"
    assert tags == set(TAGS)


def test_every_operation_has_an_answer_with_a_shape(document: Json) -> None:
    for name, operation in operations(document):
        good = {status: one for status, one in operation["responses"].items() if status.startswith("2")}
        assert good, f"{name}: no 2xx response"
        for status, response in good.items():
            if status == "204":
                continue
            for media_type, content in response.get("content", {"": {}}).items():
                shape = content.get("schema", {})
                says = shape.get("$ref") or shape.get("type") in {"string", "array", "object"}
                assert media_type, f"{name}: {status} has no content; give its function a return type"
                assert says, f"{name}: {status} {media_type} has no model; give its function a return type: {shape}"


def test_every_refusal_is_a_problem_with_its_codes_and_examples(document: Json) -> None:
    for name, operation in operations(document):
        bad = {status: one for status, one in operation["responses"].items() if status >= "4"}
        takes_nothing = not operation.get("parameters") and not operation.get("security")
        assert bad or takes_nothing, f"{name}: it can refuse nothing? Mark it with @refuses(...)"
        for status, response in bad.items():
            assert set(response["content"]) == {"application/problem+json"}, f"{name} {status}: {response['content']}"
            content = response["content"]["application/problem+json"]
            assert content["schema"] == {"$ref": "#/components/schemas/ProblemDocument"}
            assert content["examples"], f"{name} {status}: no example"
            for code, example in content["examples"].items():
                assert example["value"]["code"] == code
                assert str(KINDS[code].status) == status


def test_who_takes_input_says_that_it_may_be_wrong(document: Json) -> None:
    for name, operation in operations(document):
        if "requestBody" in operation:
            assert {"400", "413", "422"} <= set(operation["responses"]), name
        if operation.get("parameters"):
            assert "422" in operation["responses"], name
        if operation.get("security"):
            assert set(operation["responses"]) & {"401", "403"}, name


def test_every_door_has_a_lock_that_is_described(document: Json) -> None:
    locks = document["components"]["securitySchemes"]
    assert set(locks) >= {
        "service_token", "borrower_token", "gateway_signature", "wechat_signature", "wechat_push_signature",
    }  # fmt: skip
    assert all(lock["description"] for lock in locks.values())
    unlocked = {operation["operationId"] for _, operation in operations(document) if not operation.get("security")}
    assert unlocked == OPEN_TO_ALL, f"open to everybody, or no longer: {unlocked ^ OPEN_TO_ALL}"


def test_every_field_is_described_with_its_unit_and_an_example(document: Json) -> None:
    for name, schema in schemas(document):
        for field, said in schema.get("properties", {}).items():
            row = f'{field} = {{ says = "…", example = … }}  (or "{name}.{field}")'
            assert said.get("description"), f"{name}.{field}: add to [fields] of service/api/fields.toml: {row}"
            unit = next((word for ending, word in UNIT.items() if field.endswith(ending)), "")
            assert unit in said["description"], f"{name}.{field}: its description does not say {unit!r}"
            nested = "$ref" in str(said) or said.get("type") in {"array", "object"} or field in {"card", "errors"}
            nullable = field in {"retry_after"}
            assert nested or nullable or "examples" in said, f"{name}.{field}: no example in fields.toml: {row}"


def test_every_parameter_is_described(document: Json) -> None:
    for name, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            asked = parameter["name"]
            assert parameter.get("description"), f"{name}: {asked}: add it to [parameters] of service/api/fields.toml"


def test_every_example_fits_its_field(document: Json) -> None:
    from jsonschema import Draft202012Validator

    for name, schema in schemas(document):
        for field, said in schema.get("properties", {}).items():
            if "$ref" in str(said):
                continue
            for example in said.get("examples", ()):
                wrong = [error.message for error in Draft202012Validator(said).iter_errors(example)]
                assert not wrong, f"{name}.{field}: {example!r}: {wrong}"


def test_no_row_of_the_words_is_for_something_that_is_not_there(document: Json) -> None:
    fields = {field for _, schema in schemas(document) for field in schema.get("properties", {})}
    titled = {schema.get("title", name) for name, schema in schemas(document)}
    for row in FIELDS["fields"]:
        schema, _, field = row.rpartition(".")
        assert field in fields, f"service/api/fields.toml: no schema has {row}"
        assert not schema or schema in titled, f"service/api/fields.toml: there is no schema {schema}"
    parameters = {one["name"] for _, operation in operations(document) for one in operation.get("parameters", ())}
    assert set(FIELDS["parameters"]) <= parameters
