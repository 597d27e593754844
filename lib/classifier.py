"""`TextClassifier`: vectorizer, network and label names in one `.keras` file for raw text."""

import warnings
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import keras
import numpy as np
from scipy.special import softmax

from lib import models, paths
from lib.splits import progress_bar
from lib.vectorizers import VECTORIZERS, row_length

FORMAT = 1  # of the saved file; raise it when old files can no longer be read


class ModelFileError(Exception):
    """A model file that can't be loaded or written; the message says why, in one line."""


@keras.saving.register_keras_serializable(package="lib")
class TextClassifier(keras.Model):
    """A classifier from raw text to class probabilities, saved whole in one `.keras` file.

    The file stores the architecture's name and options, from which `lib.models` rebuilds the
    network, and its weights in float16; so it is small and loads under any Keras 3 that this
    project admits. Arithmetic is in float32.

    Args:
        architecture: a name that `lib.models.build` knows.
        options: its keyword options, as JSON types.
        vectorizer: a fitted vectorizer of `lib.vectorizers`.
        label_names: the name of each class, in the order of the network's outputs.
    """

    def __init__(self, *, architecture: str, options: dict, vectorizer, label_names, **kwargs):
        super().__init__(**kwargs)
        self.architecture = architecture
        self.options = models.complete(architecture, options)
        self.vectorizer = vectorizer
        self.label_names = tuple(label_names)
        # Keras must not track the network, or it would save it too, in full precision.
        object.__setattr__(self, "network", models.build(architecture, **self.options))
        self.built = True

    def __dir__(self):  # what Keras looks through for parts to save
        return [name for name in super().__dir__() if name != "network"]

    def call(self, inputs, training=False):
        """Return logits float32 `(batch, classes)` for one collated batch."""
        return self.network(inputs, training=training)

    def predict_proba(self, texts: Iterable[str], *, batch_size: int = 256) -> np.ndarray:
        """Return class probabilities, float64 `(len(texts), classes)`; rows sum to 1.

        Texts are batched with others of like length. A text without a known word gets the
        answer that the network gives to one unknown word, and a warning.

        Raises:
            TypeError: `texts` is a single string, or holds something that is not a string.
        """
        return softmax(self.predict_logits(texts, batch_size=batch_size), axis=1)

    def predict_labels(self, texts: Iterable[str]) -> list[str]:
        """Return the name of the most probable class of each text."""
        return [self.label_names[i] for i in self.predict_proba(texts).argmax(axis=1)]

    def predict_logits(self, texts: Iterable[str], *, batch_size: int = 256) -> np.ndarray:
        """Return logits, float64 `(len(texts), classes)`; otherwise as `predict_proba`."""
        rows = self.vectorizer.transform(texts)
        if unknown := sum(not self.vectorizer.known(row) for row in rows):
            warnings.warn(f"{unknown} of {len(rows)} texts hold no known word.", stacklevel=3)
        return predict_rows(self.network, rows, self.vectorizer.collate, batch_size=batch_size)

    def round_weights(self) -> None:
        """Round the weights to what float16 storage keeps.

        Done once after training, before anything is measured, so that the published figures are
        those of the saved file.
        """
        for weight in models.own_weights(self.network):
            weight.assign(weight.numpy().astype("float16"))

    def get_config(self) -> dict:
        kinds = {cls: kind for kind, cls in VECTORIZERS.items()}
        return {
            "format": FORMAT,
            "architecture": self.architecture,
            "options": self.options,
            "vectorizer": {
                "kind": kinds[type(self.vectorizer)],
                **self.vectorizer.get_config(),
            },
            "label_names": list(self.label_names),
        }

    @classmethod
    def from_config(cls, config: dict) -> "TextClassifier":
        config = dict(config)
        if (found := config.pop("format", None)) != FORMAT:
            raise ModelFileError(f"it has format {found}, this version of lib reads {FORMAT}")
        vectorizer = dict(config.pop("vectorizer"))
        kind = vectorizer.pop("kind")
        return cls(vectorizer=VECTORIZERS[kind].from_config(vectorizer), **config)

    def save_own_variables(self, store) -> None:
        for index, weight in enumerate(models.own_weights(self.network)):
            store[str(index)] = weight.numpy().astype("float16")

    def load_own_variables(self, store) -> None:
        weights = models.own_weights(self.network)
        expected = [tuple(weight.shape) for weight in weights]
        found = [store[str(i)].shape for i in range(len(store.keys()))]
        if found != expected:
            raise ModelFileError(f"its weights have shapes {found}, the network has {expected}")
        for index, weight in enumerate(weights):
            weight.assign(np.array(store[str(index)]))


def predict_rows(
    network: keras.Model, rows: list, collate: Callable, *, batch_size: int = 256
) -> np.ndarray:
    """Return the network's output for each row, float64 `(rows, outputs)`.

    Rows of like length go through it together; a bar shows progress where that takes long.
    """
    outputs = np.zeros((len(rows), network.output.shape[-1]))
    by_length = np.argsort([row_length(row) for row in rows], kind="stable")
    with progress_bar(total=len(rows), desc="Predicting", unit=" texts", delay=5) as progress:
        for start in range(0, len(rows), batch_size):
            chosen = by_length[start : start + batch_size]
            outputs[chosen] = network.predict_on_batch(collate([rows[i] for i in chosen]))
            progress.update(len(chosen))
    return outputs


def save(classifier: TextClassifier, path: str | Path) -> None:
    """Write the classifier to a `.keras` file, whole or not at all.

    Raises:
        ModelFileError: the folder can't be written to.
    """
    path = Path(path)
    try:
        with paths.written_whole(path) as partial:
            classifier.save(partial)
    except OSError as error:
        raise ModelFileError(f"Can't write {path}: {error.strerror or error}.") from error


def load(path: str | Path) -> TextClassifier:
    """Load a classifier: `keras.models.load_model`, with every failure said in one line.

    Raises:
        ModelFileError: no such file, damaged, of another format, or not a `TextClassifier`.
    """
    path = Path(path)
    if not path.is_file():
        raise ModelFileError(f"There is no model {path}; its notebook makes it.")
    if not zipfile.is_zipfile(path):
        raise ModelFileError(f"{path} is damaged or is not a .keras file.")
    try:
        loaded = keras.models.load_model(path)
    except Exception as error:  # Keras raises many kinds, with its reasons over many lines
        lines = [line for line in str(error).splitlines() if line.strip()] or [repr(error)]
        reason = lines[1] if lines[0].endswith(":") and len(lines) > 1 else lines[0]
        raise ModelFileError(f"{path} can't be loaded: {reason[:200]}.") from error
    if not isinstance(loaded, TextClassifier):
        raise ModelFileError(f"{path} holds a {type(loaded).__name__}, not a TextClassifier.")
    return loaded
