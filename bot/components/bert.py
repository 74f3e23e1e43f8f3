"""What a Chinese BERT of a local folder makes of a text: one vector, computed with numpy and nothing else.

A folder as Hugging Face lays it: config.json, vocab.txt, model.safetensors; where there is 1_Pooling/config.json, it
says how the vectors of the characters become one. BERT's own architecture (RoBERTa-wwm-ext, MacBERT, bge, text2vec).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import erf

KINDS = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "F64": np.dtype("<f8")}
MOST_TOKENS = 128  # what a borrower writes is a tenth of it
BATCH = 32


class NotABert(ValueError):
    """The folder does not hold what is needed; the message says what is missing."""


def read_tensors(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a .safetensors file, as 32-bit floats: a length, a JSON header, then the numbers."""
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:start])
    return {
        name: _numbers(raw[start + at["data_offsets"][0] : start + at["data_offsets"][1]], at["dtype"], path).reshape(
            at["shape"]
        )
        for name, at in header.items()
        if name != "__metadata__" and at["dtype"] in {*KINDS, "BF16"}
    }


def _numbers(raw: bytes, kind: str, path: Path) -> np.ndarray:
    if kind == "BF16":  # the upper half of a 32-bit float
        return (np.frombuffer(raw, "<u2").astype("<u4") << 16).view("<f4")
    return np.frombuffer(raw, KINDS[kind]).astype(np.float32)


class WordPieces:
    """BERT's splitting: every Chinese character by itself, other words into the longest pieces that are known."""

    def __init__(self, vocabulary: Sequence[str], *, lower: bool = True) -> None:
        self._ids = {piece: index for index, piece in enumerate(vocabulary)}
        self._lower = lower

    def ids(self, text: str) -> list[int]:
        """Numbers of the pieces, with [CLS] before and [SEP] behind."""
        pieces = [piece for word in self._words(text) for piece in self._pieces(word)][: MOST_TOKENS - 2]
        return [self._ids[piece] for piece in ("[CLS]", *pieces, "[SEP]")]

    def _words(self, text: str) -> list[str]:
        if self._lower:
            text = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(c) != "Mn")
        text = "".join(f" {c} " if _alone(c) else c for c in text if not unicodedata.category(c).startswith("C"))
        return text.split()

    def _pieces(self, word: str) -> list[str]:
        found: list[str] = []
        start = 0
        while start < len(word):
            piece = next(self._known(word, start), None)
            if piece is None:
                return ["[UNK]"]
            found.append(piece)
            start += len(piece) - (2 if start else 0)
        return found

    def _known(self, word: str, start: int) -> Iterator[str]:
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in self._ids:
                yield piece


def _alone(letter: str) -> bool:
    ascii_sign = letter.isascii() and not letter.isalnum() and not letter.isspace()
    return ascii_sign or "\u4e00" <= letter <= "\u9fff" or unicodedata.category(letter).startswith("P")


class Bert:
    """The encoder of a folder. `encode` gives a row of length one for each text."""

    def __init__(self, folder: Path) -> None:
        for name in ("config.json", "vocab.txt", "model.safetensors"):
            if not (folder / name).is_file():
                raise NotABert(f"{folder}: no {name}; a BERT folder has config.json, vocab.txt and model.safetensors")
        self._config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if self._config.get("model_type", "bert") != "bert":
            raise NotABert(f"{folder}: a {self._config['model_type']}, and only BERT's own architecture is read here")
        self._pieces = WordPieces(
            (folder / "vocab.txt").read_text(encoding="utf-8").splitlines(),
            lower=_lower(folder / "tokenizer_config.json"),
        )
        tensors = read_tensors(folder / "model.safetensors")
        self._tensors = {re.sub(r"^bert\.", "", name): tensor for name, tensor in tensors.items()}
        self._first = _pools_first(folder / "1_Pooling" / "config.json")
        if "embeddings.word_embeddings.weight" not in self._tensors:
            raise NotABert(f"{folder}: model.safetensors holds no word embeddings")

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(texts, dimensions), each row of length one."""
        ids = [self._pieces.ids(text) for text in texts]
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))  # neighbours of one length: little is padded
        rows = np.zeros((len(ids), self._config["hidden_size"]), dtype=np.float32)
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            rows[chosen] = self._pooled([ids[i] for i in chosen])
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)

    def _pooled(self, ids: list[list[int]]) -> np.ndarray:
        longest = max(map(len, ids))
        padded = np.array([row + [0] * (longest - len(row)) for row in ids])
        present = np.array([[1.0] * len(row) + [0.0] * (longest - len(row)) for row in ids], dtype=np.float32)
        states = self._states(padded, present)
        if self._first:
            return states[:, 0]
        return (states * present[:, :, None]).sum(axis=1) / present.sum(axis=1, keepdims=True)

    def _states(self, ids: np.ndarray, present: np.ndarray) -> np.ndarray:
        t = self._tensors
        state = (
            t["embeddings.word_embeddings.weight"][ids]
            + t["embeddings.position_embeddings.weight"][: ids.shape[1]]
            + t["embeddings.token_type_embeddings.weight"][0]
        )
        state = self._normed(state, "embeddings.LayerNorm")
        absent = (1 - present)[:, None, None, :] * np.float32(-1e9)
        for layer in range(self._config["num_hidden_layers"]):
            state = self._layer(state, absent, f"encoder.layer.{layer}")
        return state

    def _layer(self, state: np.ndarray, absent: np.ndarray, name: str) -> np.ndarray:
        seen = self._linear(self._attention(state, absent, f"{name}.attention.self"), f"{name}.attention.output.dense")
        state = self._normed(state + seen, f"{name}.attention.output.LayerNorm")
        inner = self._linear(state, f"{name}.intermediate.dense")
        inner = inner * 0.5 * (1 + erf(inner / np.float32(2**0.5)))
        return self._normed(state + self._linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def _attention(self, state: np.ndarray, absent: np.ndarray, name: str) -> np.ndarray:
        texts, length, size = state.shape
        heads = self._config["num_attention_heads"]

        def split(part: str) -> np.ndarray:
            return self._linear(state, f"{name}.{part}").reshape(texts, length, heads, size // heads).swapaxes(1, 2)

        scores = split("query") @ split("key").swapaxes(2, 3) / np.float32((size // heads) ** 0.5) + absent
        raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
        seen = raised / raised.sum(axis=-1, keepdims=True) @ split("value")
        return seen.swapaxes(1, 2).reshape(texts, length, size)

    def _linear(self, state: np.ndarray, name: str) -> np.ndarray:
        return state @ self._tensors[f"{name}.weight"].T + self._tensors[f"{name}.bias"]

    def _normed(self, state: np.ndarray, name: str) -> np.ndarray:
        centred = state - state.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + self._config.get("layer_norm_eps", 1e-12))
        return centred / spread * self._tensors[f"{name}.weight"] + self._tensors[f"{name}.bias"]


def _lower(path: Path) -> bool:
    return not path.is_file() or bool(json.loads(path.read_text(encoding="utf-8")).get("do_lower_case", True))


def _pools_first(path: Path) -> bool:
    """True where the first token stands for the text; the mean of all where nothing is said."""
    return path.is_file() and bool(json.loads(path.read_text(encoding="utf-8")).get("pooling_mode_cls_token"))
