"""What HTTP says when something is refused or goes wrong: problem documents (RFC 9457) in Chinese and English.

The one place where errors of the family in `service/domain/errors.py` get a status. A refusal is 422, with a
stable `code` for programs and a `detail` that tells the borrower what to do next. What each code means is in the
table of `service/api/problems.py`; `type` is the address of its row there.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException

from service.api.problems import KINDS, ProblemKind
from service.domain.errors import IdentityRequired, InProgress, NotFound, Refused, Unavailable, XiaoqingError

log = logging.getLogger("xiaoqing.api")

MEDIA_TYPE = "application/problem+json"
STATUSES: tuple[tuple[type[XiaoqingError], int], ...] = (
    (NotFound, 404),
    (IdentityRequired, 401),
    (InProgress, 409),
    (Refused, 422),
    (Unavailable, 503),
)
# The codes of refusals that are the framework's.
CODES = {
    400: "bad_request",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    422: "invalid_request",
}
# What is wrong with a field, by the validator's word for it; the first that begins so counts.
FIELD_MESSAGES = (
    ("missing", "缺少这一项。"),
    ("string_too_long", "内容太长。"),
    ("string_too_short", "内容太短。"),
    ("string_pattern", "格式不对。"),
    ("greater_than", "数值超出允许的范围。"),
    ("less_than", "数值超出允许的范围。"),
    ("literal", "不是可选的值。"),
    ("enum", "不是可选的值。"),
    ("date", "不是有效的日期。"),
    ("int", "要填整数。"),
    ("json_invalid", "不是有效的 JSON。"),
)
# What no database keeps: a NUL (PostgreSQL), half a surrogate pair, a number of more than 64 bits.
UNSTORABLE: tuple[type[Exception], ...] = (DataError, UnicodeEncodeError)


class FieldError(BaseModel):
    """One field that is not as it should be; what was sent in it is not repeated."""

    field: str
    message: str
    message_zh: str


class ProblemDocument(BaseModel):
    """The body of every refusal (RFC 9457)."""

    type: str
    title: str
    title_zh: str
    status: int
    code: str
    detail: str
    detail_en: str
    errors: list[FieldError] | None = None


class Problem(Exception):
    """A refusal that is HTTP's own, such as a bad token: a status with a stable code and a Chinese detail."""

    def __init__(self, status: int, *, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail


def problem(status: int, *, code: str, detail: str = "", **more: Any) -> JSONResponse:
    """A problem document; where `detail` is empty, the table speaks."""
    kind = KINDS.get(code) or _unlisted(status, code)
    headers = {} if kind.retry_after is None else {"Retry-After": str(kind.retry_after)}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    body = {
        "type": kind.type,
        "title": kind.title,
        "title_zh": kind.title_zh,
        "status": status,
        "code": code,
        "detail": detail or kind.detail,
        "detail_en": kind.detail_en,
        **more,
    }
    return JSONResponse(body, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def install(app: FastAPI) -> None:
    """Make every error of the application answer as a problem document."""
    app.add_exception_handler(XiaoqingError, _refusal)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for unstorable in UNSTORABLE:
        app.add_exception_handler(unstorable, _unstorable)
    app.add_exception_handler(Exception, _broken)


def status_of(error: XiaoqingError) -> int:
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 500)


def _unlisted(status: int, code: str) -> ProblemKind:
    """For a status of the framework's that no row speaks of; our own codes all have one (a test sees to it)."""
    general = KINDS["internal" if status >= 500 else "refused"]
    title = HTTPStatus(status).phrase
    return ProblemKind(code, "about:blank", status, title, general.title_zh, general.detail, general.detail_en)


def _refusal(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, XiaoqingError)
    return problem(status_of(error), code=error.code, detail=error.detail)


def _problem(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return problem(error.status, code=error.code, detail=error.detail)


def _invalid(_request: Request, error: Exception) -> JSONResponse:
    """Names the fields, never repeats what was sent: it may be private."""
    assert isinstance(error, RequestValidationError)
    fields = [
        {"field": _where(one["loc"]), "message": one["msg"], "message_zh": _in_chinese(one["type"])}
        for one in error.errors()
    ]
    return problem(422, code="invalid_request", errors=fields)


def _in_chinese(kind: str) -> str:
    return next((said for begins, said in FIELD_MESSAGES if kind.startswith(begins)), "内容有误。")


def _unstorable(request: Request, error: Exception) -> JSONResponse:
    """Asked for by whoever sent it, so it is no failure of ours; logged in case it was."""
    log.warning("%s in %s", type(error).__name__, request.scope.get("route") or "an unknown route")
    return problem(422, code="invalid_request")


def _where(location: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in location[1:]) or str(location[0])


def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status = error.status_code
    answer = problem(status, code=CODES.get(status) or HTTPStatus(status).phrase.lower().replace(" ", "_"))
    answer.headers.update(error.headers or {})
    if status == 405 and (methods := _methods_at(request)):
        answer.headers["Allow"] = ", ".join(sorted(methods))
    return answer


def _methods_at(request: Request) -> set[str]:
    """Every method that this path answers to: the framework names those of the first route alone."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    here = (route for route in iter_route_contexts(request.app.routes) if route.methods)
    return {method for route in here if route.path_regex.match(path) for method in route.methods or ()}


def _broken(request: Request, _error: Exception) -> JSONResponse:
    """Nothing of the cause leaves the house; the server logs it with its traceback."""
    log.error("unhandled error in %s", request.scope.get("route") or "an unknown route")
    return problem(500, code="internal")
