"""WeChat's webhook: proves who is writing, keeps what was written, and answers before anything is thought about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Query, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse
from fastapi.security import APIKeyQuery
from sqlalchemy import Connection

from service.api.bodies import bounded_body
from service.api.errors import Problem
from service.api.openapi import reads
from service.api.problems import refuses
from service.domain.chat.wechat_binding import Ended
from service.domain.collect.policy import Policy
from service.domain.errors import NotFound, Refused
from service.usecases.chat.bind_wechat import BORROWER, PLATFORM, Written, end_binding, leave_former, take_message
from service.usecases.chat.conversation import open_conversation
from service.usecases.chat.keep_consents import keep_consent, withdraw_consents
from service.usecases.chat.receive import receive
from service.usecases.chat.say import say
from service.usecases.collect.take_notice_outcome import take_notice_outcome

router = APIRouter(prefix="/wechat")

CHANNEL = "wechat"
MAX_BODY = 64 * 1024
ACCEPTED = "success"
SENT = "subscribe_msg_sent_event"
ABOUT_NOTICES = ASKED, CHANGED = "subscribe_msg_popup_event", "subscribe_msg_change_event"
WELCOME = (
    "您好，我是小清，您的智能客服助手。您可以直接用文字问我：查额度、查账单、还款计划、怎么还款、提前结清；"
    "需要人工帮助时，回复“转人工”即可。"
)
ONLY_TEXT = "抱歉，目前我只能看懂文字消息。请把您的问题用文字发给我，或回复“转人工”由客服人员为您处理。"


class Outcome(Protocol):
    """What became of one notice; `errcode` 0: it arrived."""

    @property
    def template_id(self) -> str: ...
    @property
    def msg_id(self) -> str: ...
    @property
    def errcode(self) -> int: ...
    @property
    def status(self) -> str: ...


class Message(Protocol):
    """What this route needs of an opened push; `kind` is WeChat's MsgType, `key` marks repeated pushes, `answers` are
    (template id, accept or reject), `created_at` seconds since 1970."""

    @property
    def openid(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def event(self) -> str: ...
    @property
    def event_key(self) -> str: ...
    @property
    def answers(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def outcomes(self) -> Sequence[Outcome]: ...
    @property
    def created_at(self) -> int: ...
    @property
    def key(self) -> str: ...


class Inbox(Protocol):
    """Verifies and opens pushes; None stands for every reason not to believe one."""

    def check_url(self, *, signature: str, timestamp: str, nonce: str, echostr: str) -> str | None: ...
    def open(self, *, msg_signature: str, timestamp: str, nonce: str, body: bytes) -> Message | None: ...
    def remember(self, *, timestamp: str, nonce: str) -> None: ...


CHECK_SIGNATURE = APIKeyQuery(
    name="signature",
    scheme_name="wechat_signature",
    description="SHA-1 over our token, timestamp and nonce, as WeChat sorts them.",
    auto_error=False,
)
PUSH_SIGNATURE = APIKeyQuery(
    name="msg_signature",
    scheme_name="wechat_push_signature",
    description="SHA-1 over our token, timestamp, nonce and the encrypted message, as WeChat sorts them.",
    auto_error=False,
)
PUSH = reads(None, media_type="text/xml", says="An encrypted push (safe mode), at most 64 KiB.")
SUCCESS: dict[int | str, Any] = {
    "description": "Verbatim what the platform wants to read.",
    "content": {"text/plain": {"schema": {"type": "string"}}},
}
Text = Annotated[str, Query(max_length=512)]


@router.get("/callback", response_class=PlainTextResponse, responses={200: SUCCESS})
@refuses("not_wechat", "not_found")
def check_url(
    request: Request,
    signature: Annotated[str | None, Security(CHECK_SIGNATURE)],
    timestamp: Text = "",
    nonce: Text = "",
    echostr: Text = "",
) -> PlainTextResponse:
    """The platform's check of this address: the echo verbatim, or 403."""
    given = signature or ""
    echo = _inbox(request).check_url(signature=given, timestamp=timestamp, nonce=nonce, echostr=echostr)
    if echo is None:
        raise Problem(403, code="not_wechat")
    return PlainTextResponse(echo)


@router.post("/callback", response_class=PlainTextResponse, responses={200: SUCCESS}, openapi_extra=PUSH)
@refuses("not_wechat", "not_found")
async def take_push(
    request: Request,
    msg_signature: Annotated[str | None, Security(PUSH_SIGNATURE)],
    timestamp: Text = "",
    nonce: Text = "",
) -> PlainTextResponse:
    """A pushed message: 403 and not a word in any log where it is not WeChat's own, else kept and 'success'."""
    body = await bounded_body(request, limit=MAX_BODY)
    inbox = _inbox(request)
    message = None
    if body is not None:
        message = inbox.open(msg_signature=msg_signature or "", timestamp=timestamp, nonce=nonce, body=body)
    if message is None:
        raise Problem(403, code="not_wechat")
    await run_in_threadpool(_take_in, request, message)
    inbox.remember(timestamp=timestamp, nonce=nonce)
    return PlainTextResponse(ACCEPTED)


def _take_in(request: Request, message: Message) -> None:
    services = request.app.state.services
    now = services.clock.now()
    try:
        with services.database.transaction() as conn:
            if message.kind == "event" and message.event in ABOUT_NOTICES:
                _keep_answers(conn, message, template_id=services.settings.notice_template, now=now)
            elif message.kind == "event" and message.event == SENT:
                _keep_outcomes(conn, message, template_id=services.settings.notice_template, now=now)
            else:
                _keep(conn, message, now=now, policy=services.policy)
    except Refused as refusal:  # too long, empty…: the borrower is told; the platform must not push it again
        with services.database.transaction() as conn:
            _answer(conn, message, text=refusal.detail or ONLY_TEXT, now=now)


def _keep(conn: Connection, message: Message, *, now: datetime, policy: Policy) -> None:
    if message.kind == "text":
        said = Written(message.openid, message.key, message.text)
        if not take_message(conn, said, now=now, policy=policy):
            _receive(conn, message, text=message.text, now=now)
    elif message.kind == "event" and message.event == "unsubscribe":
        end_binding(conn, message.openid, by=PLATFORM, why=Ended.UNFOLLOWED, message_id=message.key, now=now)
    elif message.kind == "event" and message.event == "CLICK":  # a menu entry's key is what it says for the borrower
        leave_former(conn, message.openid, key=message.key)
        _receive(conn, message, text=message.event_key, now=now)
    elif message.kind == "event" and message.event == "subscribe":
        leave_former(conn, message.openid, key=f"{message.key}#system")
        _answer(conn, message, text=WELCOME, now=now)
    elif message.kind != "event":
        leave_former(conn, message.openid, key=f"{message.key}#system")
        _answer(conn, message, text=ONLY_TEXT, now=now)


def _keep_answers(conn: Connection, message: Message, *, template_id: str, now: datetime) -> None:
    """What he says in the platform's own window. To say no to one request withdraws nothing that was allowed before."""
    told = {"openid": message.openid, "template_id": template_id, "message_id": message.key, "now": now}
    for template, answer in message.answers:
        if not template_id or template != template_id:
            continue
        if answer == "accept" and message.event == ASKED:
            keep_consent(conn, **told)
        elif answer == "reject" and message.event == CHANGED:
            withdraw_consents(conn, by=BORROWER, **told)


def _keep_outcomes(conn: Connection, message: Message, *, template_id: str, now: datetime) -> None:
    at = datetime.fromtimestamp(message.created_at, timezone.utc)
    for one in message.outcomes:
        if template_id and one.template_id == template_id:
            take_notice_outcome(
                conn,
                openid=message.openid,
                msg_id=one.msg_id,
                delivered=one.errcode == 0,
                status=one.status,
                at=at,
                now=now,
            )


def _receive(conn: Connection, message: Message, *, text: str, now: datetime) -> None:
    receive(conn, channel=CHANNEL, message_id=message.key, channel_user_id=message.openid, text=text, now=now)


def _answer(conn: Connection, message: Message, *, text: str, now: datetime) -> None:
    conversation = open_conversation(conn, channel=CHANNEL, channel_user_id=message.openid, now=now)
    say(conn, conversation_id=conversation.id, message_id=f"{message.key}#system", text=text, sender="system", now=now)


def _inbox(request: Request) -> Inbox:
    inbox: Inbox | None = request.app.state.services.wechat
    if inbox is None:
        raise NotFound
    return inbox
