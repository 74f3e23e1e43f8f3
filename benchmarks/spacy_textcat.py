"""spaCy's text classifiers, trained from scratch on characters, on the lines and files of benchmarks.classifiers.

    uv venv --python 3.11 /tmp/spacy
    uv pip install --python /tmp/spacy/bin/python spacy pyyaml pypinyin
    /tmp/spacy/bin/python -m benchmarks.spacy_textcat [--dev FILE.tsv] [--epochs 8]

spaCy is not part of the product, so it is measured from an environment of its own (docs/classifier.md).
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import spacy
from spacy.training import Example
from spacy.util import compounding, minibatch

from benchmarks.held_out import folds, labelled, right, training_lines, with_slips

SEED = 7
_CNN = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "pretrained_vectors": None,
    "width": 96,
    "depth": 4,
    "embed_size": 4000,
    "window_size": 1,
    "maxout_pieces": 3,
    "subword_features": False,
}
_BOW = {
    "@architectures": "spacy.TextCatBOW.v3",
    "exclusive_classes": True,
    "ngram_size": 3,
    "no_output_layer": False,
    "length": 262144,
}
MODELS: dict[str, dict[str, Any]] = {
    "textcat, bag of runs of 1 to 3 characters": _BOW,
    "textcat, convolutional network": {
        "@architectures": "spacy.TextCatReduce.v1",
        "exclusive_classes": True,
        "use_reduce_first": False,
        "use_reduce_last": False,
        "use_reduce_max": True,
        "use_reduce_mean": True,
        "tok2vec": _CNN,
    },
    "textcat, ensemble of both": {
        "@architectures": "spacy.TextCatEnsemble.v2",
        "linear_model": _BOW,
        "tok2vec": _CNN,
    },
}


def trained(model: dict[str, Any], texts: Sequence[str], intents: Sequence[str], *, epochs: int) -> Any:
    random.seed(SEED)
    spacy.util.fix_random_seed(SEED)
    nlp = spacy.blank("zh")  # one character a token
    textcat = nlp.add_pipe("textcat", config={"model": model})
    labels = sorted(set(intents))
    for label in labels:
        textcat.add_label(label)
    examples = [
        Example.from_dict(nlp.make_doc(text), {"cats": {label: float(label == intent) for label in labels}})
        for text, intent in zip(texts, intents, strict=True)
    ]
    optimizer = nlp.initialize(lambda: examples[:500])
    for epoch in range(epochs):
        random.shuffle(examples)
        losses: dict[str, float] = {}
        for batch in minibatch(examples, size=compounding(16.0, 128.0, 1.01)):
            nlp.update(batch, sgd=optimizer, drop=0.2, losses=losses)
        print(f"  epoch {epoch + 1}: loss {losses['textcat']:.2f}", flush=True)
    return nlp


def hear(nlp: Any, texts: Sequence[str]) -> list[str]:
    return [max(doc.cats, key=doc.cats.__getitem__) for doc in nlp.pipe(texts)]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--dev", type=Path)
    options.add_argument("--epochs", type=int, default=8)
    asked = options.parse_args()
    lines = training_lines()
    texts, intents = [text for text, _ in lines], np.array([intent for _, intent in lines])
    slipped = with_slips(texts)
    kept, out = next(folds(lines))
    dev = labelled(asked.dev) if asked.dev else []
    for name, model in MODELS.items():
        print(name, flush=True)
        nlp = trained(model, [texts[i] for i in kept], list(intents[kept]), epochs=asked.epochs)
        row = {
            "held out": np.mean(np.array(hear(nlp, [texts[i] for i in out])) == intents[out]),
            "with slips": np.mean(np.array(hear(nlp, [slipped[i] for i in out])) == intents[out]),
        }
        started = time.perf_counter()
        nlp = trained(model, texts, list(intents), epochs=asked.epochs)
        seconds = time.perf_counter() - started
        if dev:
            heard = hear(nlp, [text for text, _ in dev])
            row["any"] = np.mean([right(h, labels) for h, (_, labels) in zip(heard, dev, strict=True)])
            row["first"] = np.mean([right(h, labels[:1]) for h, (_, labels) in zip(heard, dev, strict=True)])
        taken = []
        for text in texts[:: len(texts) // 200]:
            begun = time.perf_counter()
            hear(nlp, [text])
            taken.append((time.perf_counter() - begun) * 1e6)
        cells = [f"{value:.3f}" for value in row.values()]
        cells += [f"{seconds:.1f}", f"{np.median(taken):.1f}", f"{len(nlp.to_bytes()) / 1e6:.1f}"]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
