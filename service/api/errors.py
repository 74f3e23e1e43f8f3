"""What HTTP says when something is refused or goes wrong: problem documents (RFC 9457) with Chinese details.

The one place where errors of the family in `service/domain/errors.py` get a status. A refusal is 422, with a
stable `code` for programs and a `detail` that tells the borrower what to do next.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException

from service.domain.errors import IdentityRequired, NotFound, Refused, Unavailable, XiaoqingError

log = logging.getLogger("xiaoqing.api")

MEDIA_TYPE = "application/problem+json"
STATUSES: tuple[tuple[type[XiaoqingError], int], ...] = (
    (NotFound, 404),
    (IdentityRequired, 401),
    (Refused, 422),
    (Unavailable, 503),
)
DETAILS = {
    400: "请求的格式不对，请检查后重试。",
    401: "请先登录后再试。",
    403: "没有权限进行这个操作。",
    404: "没有找到您要的内容。",
    405: "这个地址不支持这样访问。",
    413: "内容太大了，请缩短后重试。",
    422: "提交的内容有误，请检查后重试。",
    429: "操作太频繁了，请稍后再试。",
    503: "系统正忙，请稍后再试。",
}
# What no database keeps: a NUL (PostgreSQL), half a surrogate pair, a number of more than 64 bits.
UNSTORABLE: tuple[type[Exception], ...] = (DataError, UnicodeEncodeError)
BROKEN = "系统出了点问题，请稍后再试，或联系人工客服。"


class Problem(Exception):
    """A refusal that is HTTP's own, such as a bad token: a status with a stable code and a Chinese detail."""

    def __init__(self, status: int, *, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail


def problem(status: int, *, code: str, detail: str = "", **more: Any) -> JSONResponse:
    """A problem document; where `detail` is empty, the status speaks."""
    headers = {"Retry-After": "5"} if status == 503 else {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail or DETAILS.get(status, BROKEN),
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


def _refusal(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, XiaoqingError)
    return problem(status_of(error), code=error.code, detail=error.detail)


def _problem(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return problem(error.status, code=error.code, detail=error.detail)


def _invalid(_request: Request, error: Exception) -> JSONResponse:
    """Names the fields, never repeats what was sent: it may be private."""
    assert isinstance(error, RequestValidationError)
    fields = [{"field": _where(one["loc"]), "message": one["msg"]} for one in error.errors()]
    return problem(422, code="invalid_request", errors=fields)


def _unstorable(request: Request, error: Exception) -> JSONResponse:
    """Asked for by whoever sent it, so it is no failure of ours; logged in case it was."""
    log.warning("%s in %s", type(error).__name__, request.scope.get("route") or "an unknown route")
    return problem(422, code="invalid_request")


def _where(location: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in location[1:]) or str(location[0])


def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    answer = problem(error.status_code, code=code)
    answer.headers.update(error.headers or {})
    return answer


def _broken(request: Request, _error: Exception) -> JSONResponse:
    """Nothing of the cause leaves the house; the server logs it with its traceback."""
    log.error("unhandled error in %s", request.scope.get("route") or "an unknown route")
    return problem(500, code="internal", detail=BROKEN)
