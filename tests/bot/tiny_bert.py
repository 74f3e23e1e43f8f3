"""A BERT of two layers and random numbers, written to a folder as Hugging Face lays it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"怎么还款我的额度没了多少钱?,。"]
VOCABULARY += ["app", "##s", "wi", "##fi", "##1", "##0"]
SIZE, INNER, LAYERS = 16, 32, 2


def tensors() -> dict[str, np.ndarray]:
    numbers = np.random.default_rng(5)
    shapes = {
        "embeddings.word_embeddings.weight": (len(VOCABULARY), SIZE),
        "embeddings.position_embeddings.weight": (128, SIZE),
        "embeddings.token_type_embeddings.weight": (2, SIZE),
        **_normed("embeddings.LayerNorm"),
    }
    for layer in (f"encoder.layer.{n}" for n in range(LAYERS)):
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            shapes |= _linear(f"{layer}.attention.{part}", SIZE, SIZE)
        shapes |= _linear(f"{layer}.intermediate.dense", INNER, SIZE) | _linear(f"{layer}.output.dense", SIZE, INNER)
        shapes |= _normed(f"{layer}.attention.output.LayerNorm") | _normed(f"{layer}.output.LayerNorm")
    return {name: numbers.normal(0, 0.5, shape).astype(np.float32) for name, shape in shapes.items()}


def write(folder: Path, *, bfloat: bool = False, pooling: str = "") -> Path:
    """The folder; `bfloat` keeps the upper halves of the numbers alone, `pooling` names a mode of 1_Pooling."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "model_type": "bert",
        "vocab_size": len(VOCABULARY),
        "hidden_size": SIZE,
        "intermediate_size": INNER,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 4,
        "max_position_embeddings": 128,
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY), encoding="utf-8")
    (folder / "model.safetensors").write_bytes(_safetensors(bfloat=bfloat))
    if pooling:
        (folder / "1_Pooling").mkdir()
        (folder / "1_Pooling" / "config.json").write_text(json.dumps({f"pooling_mode_{pooling}": True}))
    return folder


def _linear(name: str, out: int, into: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (out, into), f"{name}.bias": (out,)}


def _normed(name: str) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (SIZE,), f"{name}.bias": (SIZE,)}


def _safetensors(*, bfloat: bool) -> bytes:
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    body = b""
    for name, tensor in tensors().items():
        raw = (tensor.view("<u4") >> 16).astype("<u2").tobytes() if bfloat else tensor.tobytes()
        at = [len(body), len(body) + len(raw)]
        # the prefix is what a model saved with a head of its own carries
        header[f"bert.{name}"] = {"dtype": "BF16" if bfloat else "F32", "shape": tensor.shape, "data_offsets": at}
        body += raw
    head = json.dumps(header).encode()
    return len(head).to_bytes(8, "little") + head + body
