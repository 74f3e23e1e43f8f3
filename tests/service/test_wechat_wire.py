"""WeChat's bytes against the golden vectors (tests/golden/wechat.json, cited by id)."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from service.channels.wechat import wire
from service.channels.wechat.callback import WechatInbox
from service.usecases.ports import FrozenClock

VECTORS: dict[str, dict[str, Any]] = {
    vector["id"]: vector
    for vector in json.loads((Path(__file__).parent.parent / "golden/wechat.json").read_text(encoding="utf-8"))
}
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OLD_KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
APP = "wx0123456789abcdef"
TOKEN = "a-token"
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)
STAMP = str(int(NOW.timestamp()))
MESSAGE = wire.build(
    {"ToUserName": "gh_1", "FromUserName": "o-1", "CreateTime": 1, "MsgType": "text", "Content": "你好", "MsgId": 7}
)


def raw_sealed(plain: bytes, *, key: str = KEY) -> str:
    """Encrypt exactly these bytes, whatever their padding."""
    secret = b64decode(key + "=")
    encryptor = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).encryptor()
    return b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def framed(message: bytes, *, app: str = APP, length: int | None = None) -> bytes:
    size = len(message) if length is None else length
    return b"0123456789abcdef" + size.to_bytes(4, "big") + message + app.encode()


def padded(plain: bytes) -> bytes:
    pad = 32 - len(plain) % 32
    return plain + bytes([pad]) * pad


def inbox(*, keys: tuple[str, ...] = (KEY,)) -> WechatInbox:
    return WechatInbox(token=TOKEN, aes_keys=keys, app_id=APP, clock=FrozenClock(NOW))


def pushed(encrypt: str, *, token: str = TOKEN, timestamp: str = STAMP, nonce: str = "n1") -> dict[str, Any]:
    body = wire.build({"ToUserName": "gh_1", "Encrypt": encrypt}).encode()
    signature = wire.sign(token, timestamp, nonce, encrypt)
    return {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce, "body": body}


def good() -> str:
    return wire.seal(MESSAGE, aes_key=KEY, app_id=APP, random=b"0123456789abcdef")


def test_w01_the_address_is_proved_by_the_echo_verbatim() -> None:
    v = VECTORS["W01"]
    account = WechatInbox(token=v["token"], aes_keys=(KEY,), app_id=APP, clock=FrozenClock(NOW))
    asked = {name: v[name] for name in ("signature", "timestamp", "nonce", "echostr")}
    assert account.check_url(**asked) == "4375120948345356249"
    assert account.check_url(**(asked | {"signature": v["signature"][:-1] + "0"})) is None


def test_w02_a_plain_push_is_signed_by_token_time_and_nonce() -> None:
    v = VECTORS["W02"]
    wire.verify(v["signature"], token=v["token"], timestamp=v["timestamp"], nonce=v["nonce"])


@pytest.mark.parametrize("case", ["W03", "W05", "W07"])
def test_the_platforms_own_cipher_texts_open(case: str) -> None:
    v = VECTORS[case]
    encrypt = v.get("encrypt") or v["echostr"]
    app = v.get("appid") or v["corp_id"]
    wire.verify(v["msg_signature"], token=v["token"], timestamp=v["timestamp"], nonce=v["nonce"], encrypt=encrypt)
    opened = wire.open_envelope(encrypt, aes_keys=(v["encoding_aes_key"],), app_id=app)
    assert opened.message == v["expect"]["msg"]
    assert opened.app_id == v["expect"]["appid"]
    assert opened.random == v["expect"]["random"].encode()
    assert len(opened.message.encode()) == v["expect"]["msg_len"]
    assert len(b64decode(encrypt)) == v["expect"]["ct_len"]


def test_w03_the_plain_signature_does_not_stand_for_the_signature_of_the_message() -> None:
    v = VECTORS["W03"]
    signed = {"token": v["token"], "timestamp": v["timestamp"], "nonce": v["nonce"]}
    wire.verify(v["plain_signature"], **signed)
    with pytest.raises(wire.WireError, match="signature"):
        wire.verify(v["plain_signature"], encrypt=v["encrypt"], **signed)


@pytest.mark.parametrize("case", ["W04", "W06"])
def test_a_sealed_message_is_the_platforms_to_the_byte(case: str) -> None:
    v = VECTORS[case]
    app, key = v.get("appid") or v["corp_id"], v["encoding_aes_key"]
    sealed = wire.seal(v["plain"], aes_key=key, app_id=app, random=v["random"].encode())
    assert sealed == v["expect_encrypt"]
    assert wire.sign(v["token"], v["timestamp"], v["nonce"], sealed) == v["expect_msg_signature"]


@pytest.mark.parametrize("case", ["W11", "W131", "W132", "W20"])
def test_padding_and_length_count_bytes(case: str) -> None:
    v = VECTORS[case]
    keyed = {"app_id": v["appid"]}
    sealed = wire.seal(v["plain"], aes_key=v["encoding_aes_key"], random=v["random"].encode(), **keyed)
    assert sealed == v["expect_encrypt"]
    assert wire.open_envelope(sealed, aes_keys=(v["encoding_aes_key"],), **keyed).message == v["plain"]


def test_w30_a_wrong_token_is_refused_before_anything_is_decrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("decrypted")

    monkeypatch.setattr(wire, "open_envelope", never)
    assert inbox().open(**pushed(good(), token="another")) is None
    with pytest.raises(AssertionError, match="decrypted"):
        inbox().open(**pushed(good()))


def test_w30_another_accounts_app_id_is_refused() -> None:
    other = raw_sealed(padded(framed(MESSAGE.encode(), app="wx0123456789abcdee")))
    assert inbox().open(**pushed(other)) is None
    with pytest.raises(wire.WireError, match="app id"):
        wire.open_envelope(other, aes_keys=(KEY,), app_id=APP)


@pytest.mark.parametrize("pad", [0, 33, 255])
def test_w30_a_pad_byte_of_0_or_over_32_is_refused(pad: int) -> None:
    plain = framed(MESSAGE.encode())
    sealed = raw_sealed(plain + bytes([pad]) * (32 - len(plain) % 32))
    with pytest.raises(wire.WireError, match="padding"):
        wire.open_envelope(sealed, aes_keys=(KEY,), app_id=APP)
    assert inbox().open(**pushed(sealed)) is None


@pytest.mark.parametrize("cut", [1, 15])
def test_w30_a_cipher_text_that_is_no_multiple_of_16_is_refused(cut: int) -> None:
    sealed = b64encode(b64decode(good())[:-cut]).decode()
    with pytest.raises(wire.WireError, match="cipher text length"):
        wire.open_envelope(sealed, aes_keys=(KEY,), app_id=APP)
    assert inbox().open(**pushed(sealed)) is None


@pytest.mark.parametrize("more", [len(APP) + 1, 2**32 - 1 - len(MESSAGE.encode())])
def test_w30_a_length_over_what_is_left_is_refused(more: int) -> None:
    body = MESSAGE.encode()
    sealed = raw_sealed(padded(framed(body, length=len(body) + more)))
    with pytest.raises(wire.WireError, match="length"):
        wire.open_envelope(sealed, aes_keys=(KEY,), app_id=APP)
    assert inbox().open(**pushed(sealed)) is None


def test_w30_the_previous_key_is_tried() -> None:
    sealed = wire.seal(MESSAGE, aes_key=OLD_KEY, app_id=APP, random=b"0123456789abcdef")
    opened = wire.open_envelope(sealed, aes_keys=(KEY, OLD_KEY), app_id=APP)
    assert opened.aes_key == OLD_KEY
    assert inbox(keys=(KEY, OLD_KEY)).open(**pushed(sealed)) is not None
    assert inbox(keys=(KEY,)).open(**pushed(sealed)) is None


def test_w30_only_the_constant_time_comparison_decides_about_a_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def says_yes(expected: bytes, given_bytes: bytes) -> bool:
        compared.append((expected, given_bytes))
        return True

    monkeypatch.setattr(wire, "compare_digest", says_yes)
    wire.verify("not é a signature", token="t", timestamp="1", nonce="2")
    assert compared == [(wire.sign("t", "1", "2").encode(), "not é a signature".encode())]


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_w30_a_push_outside_the_window_is_refused(seconds: int) -> None:
    at = str(int((NOW + timedelta(seconds=seconds)).timestamp()))
    assert inbox().open(**pushed(good(), timestamp=at)) is None


@pytest.mark.parametrize("seconds", [-300, 300])
def test_a_push_at_the_windows_edge_is_taken(seconds: int) -> None:
    at = str(int((NOW + timedelta(seconds=seconds)).timestamp()))
    assert inbox().open(**pushed(good(), timestamp=at)) is not None


def test_w30_a_repeated_timestamp_and_nonce_is_refused_once_the_first_was_kept() -> None:
    account = inbox()
    assert account.open(**pushed(good())) is not None
    assert account.open(**pushed(good())) is not None, "not kept yet: the platform's second try must get through"
    account.remember(timestamp=STAMP, nonce="n1")
    assert account.open(**pushed(good())) is None
    assert account.open(**pushed(good(), nonce="n2")) is not None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<xml>",
        b"<xml><Encrypt></Encrypt></xml>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml><Encrypt>&a;</Encrypt></xml>',
        b'<!DOCTYPE xml SYSTEM "http://127.0.0.1/x.dtd"><xml><Encrypt>a</Encrypt></xml>',
        b'<?xml version="1.0" encoding="utf-99"?><xml/>',
        b"<xml><Encrypt>" + b"A" * wire.MAX_BODY + b"</Encrypt></xml>",
        "<xml><Encrypt>你好</Encrypt></xml>".encode("gbk"),
    ],
)
def test_a_body_that_is_no_plain_small_xml_is_refused(body: bytes) -> None:
    with pytest.raises(wire.WireError):
        wire.envelope(body)


@pytest.mark.parametrize("created", ["", "-1", "一", "9" * 5000])
def test_a_message_without_a_time_is_refused(created: str) -> None:
    with pytest.raises(wire.WireError):
        wire.parse(f"<xml><FromUserName>o</FromUserName><CreateTime>{created}</CreateTime></xml>")


def test_two_different_events_of_one_second_have_different_keys_and_a_repeated_one_the_same() -> None:
    def event(kind: str, key: str = "") -> str:
        fields = {"FromUserName": "o-1", "CreateTime": 5, "MsgType": "event", "Event": kind, "EventKey": key}
        return wire.parse(wire.build(fields)).key

    keys = {event("CLICK", "账单"), event("CLICK", "额度"), event("subscribe"), event("SCAN")}
    assert len(keys) == 4
    assert event("CLICK", "账单") in keys
    assert all(len(key) <= 64 for key in keys)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=200))
def test_whatever_is_written_survives_xml_and_encryption(text: str) -> None:
    fields = {"ToUserName": "gh", "FromUserName": "o", "CreateTime": 1, "MsgType": "text", "Content": text + "]]>"}
    sealed = wire.seal(wire.build(fields), aes_key=KEY, app_id=APP, random=b"0123456789abcdef")
    message = wire.open_envelope(sealed, aes_keys=(KEY,), app_id=APP).message
    assert wire.parse(message).text == text + "]]>"


@given(st.binary(max_size=300))
def test_noise_never_opens_and_never_breaks(noise: bytes) -> None:
    sealed = b64encode(noise).decode()
    assert inbox().open(**pushed(sealed)) is None
    assert inbox().open(msg_signature="x", timestamp=STAMP, nonce="n", body=noise) is None


def outcome(inside: str) -> tuple[wire.NoticeOutcome, ...]:
    """Of the platform's event, as its documentation has it."""
    told = f"<SubscribeMsgSentEvent><List>{inside}</List></SubscribeMsgSentEvent>"
    head = (
        "<ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[o-1]]></FromUserName>"
        "<CreateTime>1610969468</CreateTime><MsgType><![CDATA[event]]></MsgType>"
        "<Event><![CDATA[subscribe_msg_sent_event]]></Event>"
    )
    return wire.parse(f"<xml>{head}{told}</xml>").outcomes


def test_what_became_of_a_notice_is_read() -> None:
    inside = (
        "<TemplateId><![CDATA[t-1]]></TemplateId><MsgID>1700827132819554304</MsgID>"
        "<ErrorCode>0</ErrorCode><ErrorStatus><![CDATA[success]]></ErrorStatus>"
    )
    assert outcome(inside) == (wire.NoticeOutcome("t-1", "1700827132819554304", 0, "success"),)
    failed = inside.replace(">0<", ">-1<").replace("success", "failed:user block")
    assert outcome(failed) == (wire.NoticeOutcome("t-1", "1700827132819554304", -1, "failed:user block"),)


@pytest.mark.parametrize("code", ["", "x", "--5", "٣", "9" * 5000])
def test_an_outcome_without_its_code_or_number_says_nothing(code: str) -> None:
    assert outcome(f"<TemplateId>t-1</TemplateId><MsgID>5</MsgID><ErrorCode>{code}</ErrorCode>") == ()
    assert outcome("<TemplateId>t-1</TemplateId><MsgID></MsgID><ErrorCode>0</ErrorCode>") == ()
    assert outcome(f"<TemplateId>t-1</TemplateId><MsgID>{'7' * 65}</MsgID><ErrorCode>0</ErrorCode>") == ()
