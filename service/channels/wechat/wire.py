"""What WeChat's bytes mean: signatures, the encrypted envelope, and the XML inside; pure, no network, no clock.

Source: the platform's message-push guide (safe mode): AES-256-CBC with IV = key[:16], PKCS#7 to blocks of 32,
plain text = 16 random bytes + length of the message in bytes (4, network order) + message + app id.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hmac import compare_digest
from xml.etree.ElementTree import Element

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from service.domain.chat.turn import EVENT_MARK

BLOCK = 32
RANDOM = 16
LENGTH = 4
AES_BLOCK = 16
MAX_BODY = 64 * 1024
MAX_TEXT_BYTES = 2048
# The user answered a request for notices, or changed his mind later.
ABOUT_NOTICES = ("SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent")
LONGEST_MSG_ID, LONGEST_STATUS = 64, 200


class WireError(ValueError):
    """The bytes are not what WeChat would send to this account; the message names the check that failed."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A decrypted envelope. `aes_key` is the EncodingAESKey that fitted: a reply must be sealed with the same."""

    message: str
    app_id: str
    random: bytes
    aes_key: str


@dataclass(frozen=True, slots=True)
class NoticeOutcome:
    """What became of one notice, by the platform's own number for it; `errcode` 0: it arrived."""

    template_id: str
    msg_id: str
    errcode: int
    status: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """One pushed message or event. `created_at` is WeChat's CreateTime in whole seconds. `answers`: of an event about
    notices, each template id with what the user said: accept or reject. `outcomes`: of notices that were sent."""

    account: str
    openid: str
    created_at: int
    kind: str
    text: str = ""
    msg_id: str = ""
    event: str = ""
    event_key: str = ""
    answers: tuple[tuple[str, str], ...] = ()
    outcomes: tuple[NoticeOutcome, ...] = ()

    @property
    def key(self) -> str:
        """What marks a repeated push: MsgId, or for events (which have none) who, when and which event."""
        if self.msg_id:
            return self.msg_id
        parts = "\n".join((self.openid, str(self.created_at), self.kind, self.event, self.event_key))
        return EVENT_MARK + hashlib.sha256(parts.encode()).hexdigest()[:40]


def sign(*parts: str) -> str:
    """The platform's signature of its parts (token, timestamp, nonce, and in safe mode the cipher text)."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def verify(given: str, *, token: str, timestamp: str, nonce: str, encrypt: str | None = None) -> None:
    """Raise WireError unless `given` signs the parts. With `encrypt` it is msg_signature, without signature."""
    expected = sign(token, timestamp, nonce, *(() if encrypt is None else (encrypt,)))
    if not compare_digest(expected.encode(), given.encode()):
        raise WireError("signature")


def open_envelope(encrypt: str, *, aes_keys: Iterable[str], app_id: str) -> Opened:
    """Decrypt with the first key that fits (the current one, then the previous one). Raises WireError."""
    failure = WireError("no key")
    for aes_key in aes_keys:
        try:
            return _open_with(encrypt, aes_key=aes_key, app_id=app_id)
        except WireError as unfit:
            failure = unfit
    raise failure


def seal(message: str, *, aes_key: str, app_id: str, random: bytes) -> str:
    """Encrypt a message; `random` is 16 fresh random bytes. Returns base64, as it stands in <Encrypt>."""
    if len(random) != RANDOM:
        raise WireError("random")
    body = message.encode()
    plain = random + len(body).to_bytes(LENGTH, "big") + body + app_id.encode()
    pad = BLOCK - len(plain) % BLOCK
    encryptor = _cipher(aes_key).encryptor()
    return b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()


def build(fields: Mapping[str, str | int]) -> str:
    """Flat WeChat XML: numbers bare, text in CDATA (a ']]>' inside is split so that it cannot end the section)."""
    return "<xml>" + "".join(f"<{name}>{_content(value)}</{name}>" for name, value in fields.items()) + "</xml>"


def envelope(body: bytes) -> str:
    """The <Encrypt> of a pushed body. Raises WireError for anything larger, malformed or without it."""
    encrypt = _fields(body).get("Encrypt", "")
    if not encrypt:
        raise WireError("no Encrypt")
    return encrypt


def parse(message: str) -> Incoming:
    """The message inside an envelope. Raises WireError where the parts that every message has are missing."""
    root = _root(message.encode())
    fields = _flat(root)
    created_at = fields.get("CreateTime", "")
    digits = created_at.isascii() and created_at.isdigit() and len(created_at) <= 12
    if not digits or not fields.get("FromUserName"):
        raise WireError("not a message")
    return Incoming(
        account=fields.get("ToUserName", ""),
        openid=fields["FromUserName"],
        created_at=int(created_at),
        kind=fields.get("MsgType", ""),
        text=fields.get("Content", ""),
        msg_id=fields.get("MsgId", ""),
        event=fields.get("Event", ""),
        event_key=fields.get("EventKey", ""),
        answers=tuple(_answers(root)),
        outcomes=tuple(_outcomes(root)),
    )


def _open_with(encrypt: str, *, aes_key: str, app_id: str) -> Opened:
    plain = _unpad(_decrypt(encrypt, aes_key=aes_key))
    head, rest = plain[: RANDOM + LENGTH], plain[RANDOM + LENGTH :]
    length = int.from_bytes(head[RANDOM:], "big")
    if len(head) < RANDOM + LENGTH or length > len(rest):
        raise WireError("length")
    if not compare_digest(rest[length:], app_id.encode()):
        raise WireError("app id")
    try:
        message = rest[:length].decode()
    except UnicodeDecodeError:
        raise WireError("not UTF-8") from None
    return Opened(message=message, app_id=app_id, random=head[:RANDOM], aes_key=aes_key)


def _decrypt(encrypt: str, *, aes_key: str) -> bytes:
    try:
        sealed = b64decode(encrypt, validate=True)
    except (binascii.Error, ValueError):
        raise WireError("base64") from None
    if not sealed or len(sealed) % AES_BLOCK:
        raise WireError("cipher text length")
    decryptor = _cipher(aes_key).decryptor()
    return decryptor.update(sealed) + decryptor.finalize()


def _unpad(padded: bytes) -> bytes:
    pad = padded[-1]
    if not 1 <= pad <= BLOCK or not padded.endswith(bytes([pad]) * pad):
        raise WireError("padding")
    return padded[:-pad]


def _cipher(aes_key: str) -> Cipher[modes.CBC]:
    try:
        key = b64decode(aes_key + "=")
    except (binascii.Error, ValueError):
        raise WireError("EncodingAESKey") from None
    if len(key) != BLOCK:
        raise WireError("EncodingAESKey")
    return Cipher(algorithms.AES(key), modes.CBC(key[:AES_BLOCK]))


def _content(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    return "<![CDATA[" + value.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _answers(root: Element) -> Iterator[tuple[str, str]]:
    for name in ABOUT_NOTICES:
        for one in root.iterfind(f"{name}/List"):
            yield one.findtext("TemplateId", ""), one.findtext("SubscribeStatusString", "")


def _outcomes(root: Element) -> Iterator[NoticeOutcome]:
    """What has no number of its own or no code cannot be kept once, or says nothing: it is passed over."""
    for one in root.iterfind("SubscribeMsgSentEvent/List"):
        msg_id, code = one.findtext("MsgID", "").strip(), one.findtext("ErrorCode", "").strip()
        if 0 < len(msg_id) <= LONGEST_MSG_ID and re.fullmatch(r"-?[0-9]{1,9}", code):
            status = one.findtext("ErrorStatus", "").strip()[:LONGEST_STATUS]
            yield NoticeOutcome(one.findtext("TemplateId", ""), msg_id, int(code), status)


def _fields(body: bytes) -> dict[str, str]:
    return _flat(_root(body))


def _flat(root: Element) -> dict[str, str]:
    return {child.tag: child.text or "" for child in root}


def _root(body: bytes) -> Element:
    if len(body) > MAX_BODY:
        raise WireError("too large")
    try:
        root: Element = fromstring(body, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise WireError("XML") from None
    return root
