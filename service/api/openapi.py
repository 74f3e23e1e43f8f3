"""The description of the API: what the framework can derive, and on top of it who may call, what is refused and
what every field means.

A route says what it refuses with `@refuses`; so do the dependencies it has, for all routes alike. Fields and
parameters are explained once, by name, in `fields.toml`: one word means one thing everywhere here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import RouteContext, iter_route_contexts
from pydantic import BaseModel

from service.api.errors import MEDIA_TYPE, FieldError, ProblemDocument
from service.api.problems import KINDS, PREFIX, ProblemKind

Json = dict[str, Any]

FIELDS = tomllib.loads(Path(__file__).with_name("fields.toml").read_text(encoding="utf-8"))
VERSION = "1"
PROBLEM = {"$ref": "#/components/schemas/ProblemDocument"}
DESCRIPTION = (
    "What the lender's own processes, its app, its payment gateway and WeChat ask of the service. "
    "Money is whole fen (分), never yuan; rates are decimal text; days are ISO dates of the Asia/Shanghai calendar; "
    "instants are ISO date-times with an offset. Whatever is refused is refused with a problem document "
    f"(RFC 9457) in Chinese and English, whose codes are listed at {PREFIX}."
)
TAGS = {
    "loan": (
        "The ledger: for the borrower of a verified conversation limit, bill, schedule, payoff and payments; for "
        "agents, by tokens of their own, its events and journal, and every change a person makes (账务)."
    ),
    "collect": "What a borrower promised, and reasons to leave him in peace (催收).",
    "knowledge": "Answers that are the same for everybody, each with the clause it rests on (知识库).",
    "desk": "Asks for a person (转人工), and for agents takes out a debtor's legal file (法律档案).",
    "chat": "The borrower's own side of a conversation (会话).",
    "channels": "What gateways of messages and calls tell of them (回执).",
    "wechat": "WeChat's webhook (微信).",
    "problems": "What every problem code means (错误说明).",
    "health": "Whether the service can do its work.",
}


def reads(model: type[BaseModel] | None, *, media_type: str = "application/json", says: str = "") -> Json:
    """A route's `openapi_extra` for a body that it reads by itself, byte by byte."""
    schema = {"type": "string"} if model is None else model.model_json_schema()
    return {"requestBody": {"required": True, "description": says, "content": {media_type: {"schema": schema}}}}


def operation_id(route: Any) -> str:
    """A route's own function name under the first word of its path: loan_get_bill."""
    return f"{_room(route.path_format)}_{route.name}"


def install(app: FastAPI) -> None:
    """Make the application describe itself completely at /openapi.json."""

    def described() -> Json:
        if app.openapi_schema is None:
            app.openapi_schema = describe(app)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def describe(app: FastAPI) -> Json:
    """The whole OpenAPI document, made anew."""
    tags = [{"name": name, "description": says} for name, says in TAGS.items()]
    found = get_openapi(title=app.title, version=VERSION, description=DESCRIPTION, routes=app.routes, tags=tags)
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    schemas |= _problem_schemas()
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for route in iter_route_contexts(app.routes):
        for method in route.methods or ():
            operation = found["paths"].get(route.path_format, {}).get(method.lower())
            if operation is not None and getattr(route, "include_in_schema", False):
                _complete(operation, route)
    _explain(found)
    return found


def _complete(operation: Json, route: RouteContext) -> None:
    operation["tags"] = operation.get("tags") or [_room(route.path_format or "")]
    said = str(operation.get("description") or "")
    if getattr(route, "summary", None) is None and said:
        operation["summary"] = said.split("\n", 1)[0].rstrip(".")
    kinds = [KINDS[code] for code in _codes(operation, route)]
    responses = {status: one for status, one in operation["responses"].items() if status < "4"}
    for status in sorted({kind.status for kind in kinds}):
        responses[str(status)] = _refusal([kind for kind in kinds if kind.status == status])
    operation["responses"] = responses


def _codes(operation: Json, route: RouteContext) -> tuple[str, ...]:
    """What the route and its dependencies say they refuse, and what is refused of any request like it."""
    marked = [route.endpoint, *_calls(route.dependant)]
    own = [code for function in marked for code in getattr(function, "refuses", ())]
    takes_body = "requestBody" in operation
    body = ["bad_request", "body_too_large"] if takes_body else []
    values = ["invalid_request"] if takes_body or operation.get("parameters") else []
    asks_database = [] if operation["tags"] == ["problems"] else ["unavailable"]
    return tuple(dict.fromkeys((*own, *values, *body, *asks_database)))


def _calls(dependant: Dependant) -> Iterator[Any]:
    for one in dependant.dependencies:
        yield one.call
        yield from _calls(one)


def _refusal(kinds: list[ProblemKind]) -> Json:
    examples = {kind.code: {"summary": kind.title, "value": _example(kind)} for kind in kinds}
    response: Json = {
        "description": "; ".join(f"{kind.title} ({kind.title_zh})" for kind in kinds),
        "content": {MEDIA_TYPE: {"schema": PROBLEM, "examples": examples}},
    }
    if any(kind.retry_after for kind in kinds):
        says = "Seconds after which the same request may be sent again."
        response["headers"] = {"Retry-After": {"description": says, "schema": {"type": "integer"}}}
    return response


def _example(kind: ProblemKind) -> Json:
    shown = ("type", "title", "title_zh", "status", "code", "detail", "detail_en")
    return {name: getattr(kind, name) for name in shown}


def _problem_schemas() -> Json:
    made = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    made.pop("$defs", None)
    return {"ProblemDocument": made, "FieldError": FieldError.model_json_schema(mode="serialization")}


def _explain(found: Json) -> None:
    """Give every field and parameter its description and example, by `fields.toml`."""
    for name, schema in _schemas(found):
        for field, said in schema.get("properties", {}).items():
            _say(said, FIELDS["fields"].get(f"{name}.{field}") or FIELDS["fields"].get(field))
    for operation in _operations(found):
        for parameter in operation.get("parameters", ()):
            known = FIELDS["parameters"].get(parameter["name"]) or FIELDS["fields"].get(parameter["name"])
            _say(parameter, known, example="example")


def _say(said: Json, known: Mapping[str, Any] | None, *, example: str = "examples") -> None:
    if known is None:
        return
    said.setdefault("description", known["says"])
    if "example" in known and example not in said:
        said[example] = known["example"] if example == "example" else [known["example"]]


def _schemas(found: Json) -> Iterator[tuple[str, Json]]:
    yield from found["components"]["schemas"].items()
    for operation in _operations(found):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            yield content["schema"].get("title", ""), content["schema"]


def _operations(found: Json) -> Iterator[Json]:
    for path in found["paths"].values():
        yield from path.values()


def _room(path: str) -> str:
    return path.strip("/").split("/", 1)[0] or "root"
