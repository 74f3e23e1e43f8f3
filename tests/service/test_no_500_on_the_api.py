"""schemathesis reads the description of the API and tries to break what it describes, inside and outside the doors.

How long it tries is XIAOQING_FUZZ_EXAMPLES (for each operation and side; more of them for a night's run); what it
tries is a new thing every time, and a failure prints the request that repeats it.
"""

from __future__ import annotations

import json
import os
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import SkipTest
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from requests.auth import AuthBase
from schemathesis import Case, CheckContext, Response
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.generation.hypothesis.builder import HypothesisTestConfig, HypothesisTestMode, create_test
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    ignored_auth,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.channels.wechat import wire
from service.db.engine import Database
from service.payments.signing import HEADER, signature
from service.usecases.ports import FrozenClock
from tests.ports import free_port
from tests.service.real_things import RealThings
from tests.service.serving import serving
from tests.service.whole_api import (
    GATEWAY_KEY,
    SERVICE_TOKEN,
    WECHAT_AES_KEY,
    WECHAT_APP,
    WECHAT_TOKEN,
    WholeApi,
    whole_api,
)

EXAMPLES = int(os.environ.get("XIAOQING_FUZZ_EXAMPLES", "15"))
BOUNDED = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
PROBLEM = "application/problem+json"
AGENTS = (
    "/loan/borrowers/",
    "/loan/payments/",
    "/loan/loans/",
    "/loan/ledger-events/",
    "/loan/payment-files",
    "/loan/purchases/",
    "/loan/credit-lines/",
    "/desk/borrowers/",
    "/desk/matters/",
    "/collect/figures",
    "/collect/borrowers/",
    "/collect/stops/",
    "/collect/resume-requests/",
    "/collect/queue",
    "/collect/calls/",
    "/collect/agency-attempts",
)

# A carrier is there only where one is configured; its receipts, right and wrong, are told in test_receipts.
NEEDS_A_CARRIER = {"POST /channels/{channel}/receipts"}


class EndsStreams:
    """Hangs up on an event stream once its first bytes have come: it has no end of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        heard = False

        async def sent(message: Message) -> None:
            nonlocal heard
            heard = heard or bool(message.get("body"))
            await send(message)

        async def received() -> Message:
            return {"type": "http.disconnect"} if heard else await receive()

        stream = scope["type"] == "http" and scope["path"] == "/chat/events"
        await self.app(scope, received if stream else receive, sent if stream else send)


@dataclass(frozen=True)
class Served:
    api: WholeApi
    url: str


@pytest.fixture
def served(database: Database, clock: FrozenClock, tmp_path: Path) -> Iterator[Served]:
    port = free_port()
    with (
        whole_api(database, clock=clock, folder=tmp_path, port=port) as api,
        serving(EndsStreams(api.app), port=port) as url,
    ):
        yield Served(api, url)


def described(served: Served, *, makes_up_keys: bool, mode: str = "all") -> schemathesis.BaseSchema:
    """`mode`: positive for what fits the description alone."""
    how = {"database": "none", "with-security-parameters": makes_up_keys, "mode": mode}
    rejects = {"expected-statuses": ["400", "401", "403", "404", "405", "409", "413", "422", "429"]}
    config = SchemathesisConfig.from_dict(
        {"base-url": served.url, "generation": how, "checks": {"negative_data_rejection": rejects}}
    )
    return schemathesis.openapi.from_dict(served.api.app.openapi(), config=config)


@dataclass(frozen=True)
class Keys(AuthBase):
    """Opens the door of each operation as its own caller would: with a token, or with a signature of what is sent."""

    served: Served

    def __call__(self, asked: requests.PreparedRequest) -> requests.PreparedRequest:
        url = urlsplit(str(asked.url))
        if url.path in {"/loan/payment-callbacks", "/loan/payment-cards"}:
            self._as_gateway(asked, url.path)
        elif url.path == "/wechat/callback":
            self._as_wechat(asked)
        else:
            asked.headers["Authorization"] = f"Bearer {self._token(url.path)}"
        return asked

    def _token(self, path: str) -> str:
        if path.startswith("/chat"):
            return self.served.api.borrower_token
        return self.served.api.agent_token if path.startswith(AGENTS) else SERVICE_TOKEN

    def _as_gateway(self, asked: requests.PreparedRequest, path: str) -> None:
        body = asked.body.encode() if isinstance(asked.body, str) else asked.body or b""
        given = {"key": GATEWAY_KEY, "timestamp": self._seconds, "method": str(asked.method), "path": path}
        asked.headers[HEADER] = signature(**given, body=body)

    def _as_wechat(self, asked: requests.PreparedRequest) -> None:
        """Whatever was going to be sent is what a user writes to the account."""
        url = urlsplit(str(asked.url))
        stamp, nonce = str(self._seconds), secrets.token_hex(4)
        query = dict(parse_qsl(url.query)) | {"timestamp": stamp, "nonce": nonce}
        if asked.method == "POST":
            said = asked.body if isinstance(asked.body, str) else (asked.body or b"").decode("utf-8", "replace")
            encrypt = self._sealed(said)
            query["msg_signature"] = wire.sign(WECHAT_TOKEN, stamp, nonce, encrypt)
            asked.prepare_body(wire.build({"Encrypt": encrypt}).encode(), None)
        else:
            query["signature"] = wire.sign(WECHAT_TOKEN, stamp, nonce)
        asked.url = urlunsplit(url._replace(query=urlencode(query)))

    def _sealed(self, said: str) -> str:
        message: dict[str, str | int] = {
            "ToUserName": "gh",
            "FromUserName": f"o-{secrets.token_hex(2)}",
            "CreateTime": 1,
            "MsgType": "text",
            "Content": "".join(one for one in said if one.isprintable()),
            "MsgId": secrets.randbits(40),
        }
        sealed = wire.build(message)
        return wire.seal(sealed, aes_key=WECHAT_AES_KEY, app_id=WECHAT_APP, random=secrets.token_bytes(16))

    @property
    def _seconds(self) -> int:
        return int(self.served.api.services.clock.now().timestamp())


def problems_are_listed(_: CheckContext, response: Response, case: Case) -> None:
    """What was answered is a problem that the operation says it may answer with, in Chinese and English."""
    if response.status_code < 400 or case.method.upper() != case.operation.method.upper():
        return
    assert response.headers["content-type"] == [PROBLEM], response.headers
    told = json.loads(response.content)
    listed = case.operation.definition.raw["responses"][str(response.status_code)]["content"][PROBLEM]["examples"]
    assert told["code"] in listed, f"{case.operation.label} never said that it refuses with {told['code']}: @refuses"


ALWAYS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
    allow_header_conformance,
    problems_are_listed,
]
# Not: positive_data_acceptance. A request that fits the description may be refused by a rule of the ledger.
INSIDE = [*ALWAYS, negative_data_rejection, missing_required_header]


def try_everything(
    schema: schemathesis.BaseSchema, attempt: Callable[[Case], None], *, only: Collection[str] | None = None
) -> None:
    """Every operation with its examples, its edges one by one, and what Hypothesis makes up; all failures at once.
    `only`: those of these names."""
    how = HypothesisTestConfig(project=schema.config, modes=list(HypothesisTestMode), settings=BOUNDED)
    failures: list[BaseException] = []
    for found in schema.get_all_operations():
        operation = found.ok()
        if only is not None and operation.label not in only:
            continue
        try:
            create_test(operation=operation, test_func=attempt, config=how)()
        except SkipTest:  # an operation without input has nothing to vary
            continue
        except (Exception, FailureGroup) as failure:
            failure.add_note(f"in {operation.label}")
            failures.append(failure)
    if failures:
        raise BaseExceptionGroup("schemathesis broke the API", failures)


def test_who_has_the_keys_breaks_nothing(served: Served) -> None:
    keys, answered = Keys(served), Counter[tuple[str, int, str]]()
    real = RealThings(served.api, served.url)

    def attempt(case: Case) -> None:
        real.into(case)
        # What WeChat pushes is sealed by `keys`, so that nothing of it is as it was made up.
        checks = ALWAYS if case.path == "/wechat/callback" else INSIDE
        answer = case.call_and_validate(auth=keys, checks=checks, timeout=60)
        code = answer.json()["code"] if answer.status_code >= 400 and answer.content else ""
        answered[case.operation.label, answer.status_code, code] += 1

    def missing() -> set[str]:
        inside = {label for label, status, _ in answered if status < 300}
        return {label for label, _, _ in answered} - inside - NEEDS_A_CARRIER

    try_everything(described(served, makes_up_keys=False), attempt)
    # Most of what is made up is wrong on purpose; where by chance all of it was, what is right is tried as well.
    try_everything(described(served, makes_up_keys=False, mode="positive"), attempt, only=missing())
    missed = missing()
    told = {key: count for key, count in answered.items() if key[0] in missed}
    assert not missed, f"never got past the door of {sorted(missed)}: {told}"


def test_who_has_no_keys_breaks_nothing_and_gets_nowhere(served: Served) -> None:
    def attempt(case: Case) -> None:
        answer = case.call_and_validate(checks=[*ALWAYS, ignored_auth], timeout=60)
        locked: Any = case.operation.definition.raw.get("security")
        assert not locked or answer.status_code >= 400

    try_everything(described(served, makes_up_keys=True), attempt)
