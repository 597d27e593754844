"""A frozen encoder's head, trained on features that are computed once and kept in a file."""

import hashlib
from collections.abc import Iterable

import keras
import numpy as np

from lib import paths
from lib.classifier import TextClassifier, predict_rows


class HeadOnFeatures:
    """The part of a classifier behind its layer `pooled`, in the form that `training.train` takes.

    The head's layers are the classifier's own, so that training one trains the other; but a text
    goes through the encoder once, not once an epoch. Features, float32 `(texts, width)`, are kept
    under `build/cache` and found again by the texts and by all that made them.

    Args:
        classifier: an untrained one of the architecture `encoder`, without a trained block.
    """

    def __init__(self, classifier: TextClassifier):
        self.classifier = classifier
        layers = classifier.network.layers
        pooled = classifier.network.get_layer("pooled")
        self.encoder = keras.Model(classifier.network.input, pooled.output)
        features = x = keras.Input(pooled.output.shape[1:], name="features")
        for layer in layers[layers.index(pooled) + 1 :]:
            x = layer(x)
        self.network = keras.Model(features, x, name="head")
        self.vectorizer = self  # it turns texts into what its network reads

    def transform(self, texts: Iterable[str]) -> np.ndarray:
        """Return the texts' features, from the file if they are there."""
        rows = self.classifier.vectorizer.transform(texts)
        options = self.classifier.options
        made_by = [options[name] for name in ("pretrained", "concatenated", "pooling")]
        key = hashlib.sha256(repr(made_by).encode())
        for row in rows:
            key.update(row.tobytes())
        path = paths.cache_dir() / f"features-{key.hexdigest()[:16]}.npy"
        if path.exists():
            return np.load(path, allow_pickle=False)
        collate = self.classifier.vectorizer.collate
        features = predict_rows(self.encoder, rows, collate, batch_size=64).astype("float32")
        with paths.written_whole(path) as partial:
            np.save(partial, features)
        return features

    def collate(self, rows: list[np.ndarray]) -> np.ndarray:
        """Stack features: float32 `(batch, width)`."""
        return np.stack(rows)

    def round_weights(self) -> None:
        """As `TextClassifier.round_weights`."""
        self.classifier.round_weights()


def for_training(classifier: TextClassifier) -> TextClassifier | HeadOnFeatures:
    """Return what `training.train` should be given: the head alone if the encoder is frozen."""
    frozen = classifier.architecture == "encoder" and not classifier.options["trained_blocks"]
    return HeadOnFeatures(classifier) if frozen else classifier
