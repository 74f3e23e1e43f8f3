"""Where vectors of a text come from, for lenders who have a stronger encoder: a folder, or an endpoint of theirs."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import httpx
import numpy as np

from bot.components.bert import Bert

ENDPOINT = "endpoint"
AT_ONCE = 64  # texts in one request
PATIENCE_WHEN_TRAINING = 60.0


class NoAnswer(RuntimeError):
    """The endpoint gave no vectors; the message says why."""


class Encoder(Protocol):
    def encode(self, texts: Sequence[str], *, training: bool = False) -> np.ndarray:
        """(texts, dimensions), each row of length one; `NoAnswer` where there are none to be had."""


class FolderEncoder:
    """A Chinese BERT on this machine."""

    def __init__(self, folder: Path) -> None:
        self._bert = Bert(folder)

    def encode(self, texts: Sequence[str], *, training: bool = False) -> np.ndarray:
        return self._bert.encode(texts)


class EndpointEncoder:
    """An OpenAI-compatible `POST /embeddings`. After a failure it is left alone for a while, so that a dead one costs
    one wait and not one for every message."""

    def __init__(self, url: str, *, key: str, model: str, timeout: float, rest: float) -> None:
        self._url = f"{url.rstrip('/')}/embeddings"
        self._model = model
        self._timeout = timeout
        self._rest = rest
        self._asleep_until = 0.0
        self._http = httpx.Client(headers={"Authorization": f"Bearer {key}"} if key else {})

    def encode(self, texts: Sequence[str], *, training: bool = False) -> np.ndarray:
        if not training and time.monotonic() < self._asleep_until:
            raise NoAnswer("it did not answer a moment ago")
        timeout = PATIENCE_WHEN_TRAINING if training else self._timeout
        try:
            parts = [self._ask(list(texts[i : i + AT_ONCE]), timeout) for i in range(0, len(texts), AT_ONCE)]
            rows = np.vstack(parts)
        except (httpx.HTTPError, KeyError, TypeError, ValueError) as error:
            self._asleep_until = time.monotonic() + self._rest
            raise NoAnswer(f"{self._url}: {type(error).__name__}: {error}") from error
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)

    def _ask(self, texts: list[str], timeout: float) -> np.ndarray:
        answer = self._http.post(self._url, json={"model": self._model, "input": texts}, timeout=timeout)
        given = sorted(answer.raise_for_status().json()["data"], key=lambda row: row["index"])
        rows = np.array([row["embedding"] for row in given], dtype=np.float32)
        if len(rows) != len(texts) or rows.ndim != 2 or not np.isfinite(rows).all():
            raise ValueError(f"{len(texts)} texts were sent, {rows.shape} came back")
        return rows


def encoder(setting: str, *, timeout: float, rest: float) -> Encoder | None:
    """What the setting of config.yml names: nothing, `endpoint` (of the environment), or a folder."""
    if not setting:
        return None
    if setting != ENDPOINT:
        return FolderEncoder(Path(setting))
    url = os.environ.get("XIAOQING_EMBEDDINGS_URL", "")
    if not url:
        raise ValueError("config.yml sets `encoder: endpoint`, and XIAOQING_EMBEDDINGS_URL is not set")
    key, model = (os.environ.get(f"XIAOQING_EMBEDDINGS_{name}", "") for name in ("KEY", "MODEL"))
    return EndpointEncoder(url, key=key, model=model, timeout=timeout, rest=rest)
