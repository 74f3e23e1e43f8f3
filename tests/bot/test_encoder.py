"""The stronger encoder a lender may bring: a BERT folder, or an endpoint that answers, is slow, or is gone."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bot.components import encoders
from bot.components.bert import Bert, NotABert, WordPieces
from bot.components.encoders import EndpointEncoder, NoAnswer, encoder
from tests.bot import tiny_bert, tiny_bot

ROOT = Path(__file__).resolve().parents[2]
TEXTS = ["怎么还款？", "我的 Wifi10 额度没了, apps", "x多少钱…"]
# What the transformers library (4.36) computes of tests/bot/tiny_bert.py, first four of sixteen numbers.
MEAN = [
    [0.20201, -0.45064, -0.71371, -0.22562],
    [0.23905, -0.46938, -0.67939, -0.23371],
    [0.20142, -0.45402, -0.71499, -0.22728],
]
FIRST = [
    [0.19749, -0.44808, -0.72104, -0.22357],
    [0.24454, -0.47850, -0.65457, -0.23966],
    [0.20230, -0.45244, -0.71330, -0.22735],
]
# A word that no example of the tiny bot has a letter of: only a vector can tell what it means.
UNHEARD = "寻觅"


@dataclass
class Endpoint:
    """Embeddings of two numbers: is it of bills, is it of death. What was asked is kept."""

    url: str = ""
    status: int = 200
    seconds: float = 0.0
    body: bytes | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)

    def answer(self, texts: list[str]) -> bytes:
        rows = [{"index": i, "embedding": _meaning(text)} for i, text in enumerate(texts)]
        return self.body or json.dumps({"data": rows[::-1]}).encode()  # in no order that could be relied upon


def _meaning(text: str) -> list[float]:
    return [float("账" in text or "多少" in text), float(UNHEARD in text or "死" in text or "活" in text), 0.1]


@contextmanager
def serve() -> Iterator[Endpoint]:
    endpoint = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            endpoint.asked.append({"path": self.path, **asked})
            endpoint.keys.append(self.headers["Authorization"])
            time.sleep(endpoint.seconds)
            body = endpoint.answer(asked["input"])
            with suppress(BrokenPipeError, ConnectionResetError):  # whoever asked may have given up
                self.send_response(endpoint.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    endpoint.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield endpoint
    server.shutdown()
    server.server_close()


def _pipeline(**settings: Any) -> str:
    lines = "".join(f"\n    {name}: {value}" for name, value in settings.items())
    return f"""
pipeline:
  - name: bot.components.jieba_tokenizer.TermTokenizer
    dictionary: {ROOT / "data/jieba/terms.txt"}
  - name: bot.components.intent_classifier.LinearIntentClassifier{lines}
"""


def _hear(agent: Any, text: str) -> dict[str, Any]:
    heard = asyncio.run(agent.parse_message(text))["intent"]
    assert isinstance(heard, dict)
    return heard


def _load(model: str) -> Any:
    from rasa.core.agent import Agent

    return Agent.load(model)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with serve() as served:
        yield served


@pytest.fixture(scope="module")
def trained(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A bot trained with the endpoint; one that rests a minute after a failure and waits two seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XIAOQING_EMBEDDINGS_URL", endpoint.url)
        patch.setenv("XIAOQING_EMBEDDINGS_KEY", "sesame")
        patch.setenv("XIAOQING_EMBEDDINGS_MODEL", "bge-test")
        settings = {"encoder": "endpoint", "encoder_below": 1.01, "encoder_timeout": 2.0, "encoder_rest": 60.0}
        yield tiny_bot.train(tmp_path_factory.mktemp("tiny"), pipeline=_pipeline(**settings))


@pytest.fixture
def agent(trained: str, endpoint: Endpoint) -> Any:
    endpoint.status, endpoint.seconds, endpoint.body = 200, 0.0, None
    loaded = _load(trained)
    endpoint.asked.clear()
    return loaded


def test_the_vectors_of_the_endpoint_tell_what_the_letters_cannot(agent: Any, endpoint: Endpoint) -> None:
    heard = _hear(agent, UNHEARD)
    assert (heard["name"], heard["confidence"] > 0.4) == ("crisis", True)
    assert endpoint.asked == [{"path": "/v1/embeddings", "model": "bge-test", "input": [UNHEARD]}]
    assert set(endpoint.keys) == {"Bearer sesame"}


def test_what_the_letters_are_sure_of_is_not_asked(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XIAOQING_EMBEDDINGS_URL", endpoint.url)
    settings = {"encoder": "endpoint", "encoder_below": 0.5, "encoder_timeout": 2.0}
    loaded = _load(tiny_bot.train(tmp_path, pipeline=_pipeline(**settings)))
    endpoint.asked.clear()
    assert _hear(loaded, "查账单") == {"name": "query_bill", "confidence": pytest.approx(0.75, abs=0.25)}
    assert endpoint.asked == []
    assert _hear(loaded, UNHEARD)["name"] == "crisis"
    assert len(endpoint.asked) == 1


def test_an_endpoint_that_fails_costs_its_vectors_only_and_is_left_alone_for_a_while(
    agent: Any, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(encoders, "time", SimpleNamespace(monotonic=lambda: now))
    endpoint.status = 503
    assert _hear(agent, UNHEARD)["confidence"] == pytest.approx(1 / 3, abs=1e-3)  # the letters know nothing of it
    assert _hear(agent, "查账单")["name"] == "query_bill"
    assert len(endpoint.asked) == 1
    endpoint.status = 200
    now = 60.0
    assert _hear(agent, UNHEARD)["name"] == "crisis"


def test_nobody_waits_long_for_an_endpoint_that_is_slow(agent: Any, endpoint: Endpoint) -> None:
    endpoint.seconds = 30.0
    started = time.monotonic()
    assert _hear(agent, "查账单")["name"] == "query_bill"
    assert time.monotonic() - started < 15


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"[]",
        b'{"data": []}',
        b'{"data": [{"index": 0, "embedding": []}]}',
        b'{"data": [{"index": 0, "embedding": "AAAA"}]}',
        b'{"data": [{"index": 0, "embedding": [NaN, 1, 1]}]}',
        b'{"data": [{"index": 0, "embedding": [1, 1]}]}',
    ],
)
def test_an_answer_that_is_none_is_as_if_there_were_none(agent: Any, endpoint: Endpoint, body: bytes) -> None:
    endpoint.body = body
    assert _hear(agent, "查账单")["name"] == "query_bill"


def test_no_bot_is_trained_without_the_vectors_it_is_told_to_have(tmp_path: Path) -> None:
    client = EndpointEncoder("http://127.0.0.1:9/v1", key="", model="m", timeout=0.2, rest=1.0)
    with pytest.raises(NoAnswer, match=r"127\.0\.0\.1:9"):
        client.encode(["查账单"], training=True)


def test_many_texts_are_sent_in_parts_and_come_back_in_order(endpoint: Endpoint) -> None:
    endpoint.status, endpoint.seconds, endpoint.body = 200, 0.0, None
    endpoint.asked.clear()
    client = EndpointEncoder(endpoint.url, key="", model="m", timeout=5.0, rest=1.0)
    rows = client.encode([*["账"] * 70, "死"])
    assert [len(asked["input"]) for asked in endpoint.asked] == [64, 7]
    assert rows[:, 0].argmin() == 70
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1)


def test_an_endpoint_without_an_address_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XIAOQING_EMBEDDINGS_URL", raising=False)
    with pytest.raises(ValueError, match="XIAOQING_EMBEDDINGS_URL"):
        encoder("endpoint", timeout=1.0, rest=1.0)


@pytest.mark.parametrize(("pooling", "expected"), [("", MEAN), ("mean_tokens", MEAN), ("cls_token", FIRST)])
def test_a_bert_computes_what_the_reference_computes(tmp_path: Path, pooling: str, expected: list[list[float]]) -> None:
    rows = Bert(tiny_bert.write(tmp_path, pooling=pooling)).encode(TEXTS)
    assert rows[:, :4] == pytest.approx(np.array(expected), abs=2e-5)


def test_a_bert_of_half_precision_computes_nearly_the_same(tmp_path: Path) -> None:
    rows = Bert(tiny_bert.write(tmp_path, bfloat=True)).encode(TEXTS)
    assert rows[:, :4] == pytest.approx(np.array(MEAN), abs=0.05)


def test_what_stands_beside_a_text_does_not_change_its_vector(tmp_path: Path) -> None:
    bert = Bert(tiny_bert.write(tmp_path))
    alone = np.vstack([bert.encode([text]) for text in TEXTS])
    assert bert.encode(TEXTS) == pytest.approx(alone, abs=1e-5)


def test_text_is_split_as_the_reference_splits_it() -> None:
    pieces = WordPieces(tiny_bert.VOCABULARY)
    assert [pieces.ids(text) for text in TEXTS] == [
        [2, 5, 6, 7, 8, 1, 3],
        [2, 9, 10, 23, 24, 25, 26, 11, 12, 13, 14, 19, 21, 22, 3],
        [2, 1, 15, 16, 17, 1, 3],
    ]
    assert len(pieces.ids("额度" * 400)) == 128


@pytest.mark.parametrize("missing", ["config.json", "vocab.txt", "model.safetensors"])
def test_a_folder_that_lacks_a_part_is_refused_by_the_name_of_the_part(tmp_path: Path, missing: str) -> None:
    (tiny_bert.write(tmp_path) / missing).unlink()
    with pytest.raises(NotABert, match=missing):
        encoder(str(tmp_path), timeout=1.0, rest=1.0)


def test_another_architecture_is_refused(tmp_path: Path) -> None:
    (tiny_bert.write(tmp_path) / "config.json").write_text('{"model_type": "t5"}')
    with pytest.raises(NotABert, match="t5"):
        Bert(tmp_path)


def test_a_bot_trains_and_understands_with_a_bert_folder(tmp_path: Path) -> None:
    folder = tiny_bert.write(tmp_path / "bert")
    (tmp_path / "with").mkdir()
    (tmp_path / "without").mkdir()
    pipeline = _pipeline(encoder=folder, encoder_below=1.01, vectors=3.0)
    with_it = _load(tiny_bot.train(tmp_path / "with", pipeline=pipeline))
    without = _load(tiny_bot.train(tmp_path / "without", pipeline=_pipeline()))
    heard = [_hear(agent, "多少钱") for agent in (with_it, without)]
    assert heard[0]["confidence"] != pytest.approx(heard[1]["confidence"], abs=1e-3)
    assert _hear(with_it, "查账单")["name"] == "query_bill"
