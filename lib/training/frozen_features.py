"""What a frozen encoder makes of texts, computed once and kept in a file.

The layers behind it, trained on these features, then see each text once an epoch, and the encoder
sees it once.
"""

import hashlib
import time
from collections.abc import Iterable

import keras
import numpy as np

from lib import paths
from lib.models import TextClassifier
from lib.text.predictor import predict_rows


def head(model: TextClassifier) -> keras.Model:
    """Return the layers behind the encoder as a network on features `(batch, width)`.

    They are the classifier's own layers, so that training one trains the other.
    """
    layers = model.network.layers
    pooled = model.network.get_layer("pooled")
    features = x = keras.Input(pooled.output.shape[1:], name="features")
    for layer in layers[layers.index(pooled) + 1 :]:
        x = layer(x)
    return keras.Model(features, x, name="head")


def compute(model: TextClassifier, texts: Iterable[str]) -> np.ndarray:
    """Return the encoder's pooled states of texts, float32 `(texts, width)`; see `timed`."""
    return timed(model, texts)[0]


def timed(model: TextClassifier, texts: Iterable[str]) -> tuple[np.ndarray, float]:
    """Return the encoder's pooled states of texts, and the seconds that a file has saved.

    They are read from a file under `build/cache` if they are there: made by the same weights, in
    the same way and arithmetic, of the same word pieces.

    Args:
        model: of the architecture `encoder`.
        texts: raw.

    Returns:
        Float32 `(texts, width)`; and what making them took when they were made, 0 if that was now.
    """
    rows = model.vectorizer.transform(texts)
    outside = ("trained_blocks", "block_dropout", "units", "dropout", "classes")
    made_by = {name: value for name, value in model.options.items() if name not in outside}
    made_by["dtype"] = model.network.get_layer("encoder").layers[-1].dtype_policy.name
    key = hashlib.sha256(repr(sorted(made_by.items())).encode())
    for row in rows:
        key.update(row.tobytes() + b"|")
    path = paths.cache_dir() / f"features-{key.hexdigest()[:16]}.npz"
    if path.exists():
        with np.load(path, allow_pickle=False) as stored:
            return stored["features"], float(stored["seconds"])
    started = time.perf_counter()
    body = keras.Model(model.network.input, model.network.get_layer("pooled").output)
    options = {"width": body.output.shape[-1], "tokens": model.batch_tokens}
    features = predict_rows(body.predict_on_batch, rows, model.vectorizer.collate, **options)
    features = features.astype("float32")
    with paths.written_whole(path) as partial:
        np.savez(partial, features=features, seconds=time.perf_counter() - started)
    return features, 0.0
