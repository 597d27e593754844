"""`TextClassifier`: vectorizer, network and label names in one Keras model that reads raw text."""

import warnings
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import keras
import numpy as np

from lib import paths
from lib.models import architectures, encoder, storage
from lib.models.batches import BucketedBatches, predict_rows
from lib.text import VECTORIZERS

FORMAT = 2  # of the saved file
FIRST_FORMAT = {"linear": "tfidf_lr"}  # architectures that format 1 called otherwise
# Where Keras, looking through a model for parts to save, would come upon those that `storage` saves,
# and upon what belongs to training.
NOT_FOR_KERAS_TO_SAVE = {"network", "layers", "optimizer", "loss"}
NOT_FOR_KERAS_TO_SAVE |= {"_compile_loss", "_compile_metrics", "_loss_tracker"}


class ModelFileError(Exception):
    """A model file that can't be loaded or written; the message says why, in one line."""


@keras.saving.register_keras_serializable(package="lib")
class TextClassifier(keras.Model):
    """A text classifier that takes raw texts, saved whole in one `.keras` file.

    It is a Keras model like KerasHub's tasks: `summary`, `compile`, `fit`, `evaluate` and `predict`
    take lists of strings (of mappings, for a table's rows) and integer labels. Its output are
    logits, float32 `(batch, classes)`; `predict_proba` gives probabilities. It is compiled with
    AdamW and cross-entropy; `lib.training.fit` trains it as all models of this project are.

    The file stores the architecture's name and options, from which the network is rebuilt, its
    vocabulary, and its weights in 8 and 16 bits (see `lib.models.storage`), without the optimizer;
    so it is small and loads under any Keras that this project admits. Arithmetic is in float32.

    Args:
        architecture: a name in `lib.models.ARCHITECTURES`.
        options: the network's keyword options, as JSON types.
        vectorizer: a fitted vectorizer of `lib.text`.
        label_names: the name of each class, in the order of the network's outputs.
        seed: from which the weights were drawn, for the record.
    """

    def __init__(
        self, *, architecture: str, options: dict, vectorizer, label_names, seed: int = 0, **kwargs
    ):
        super().__init__(**kwargs)
        self.architecture = architecture
        self.options = architectures.complete(architecture, options)
        self.vectorizer = vectorizer
        self.label_names = tuple(label_names)
        self.seed = seed
        self.network = architectures.find(architecture).network(**self.options)
        if self.frozen_encoder:
            encoder.outside(self.network, self.options, download=False)
        self.built = True
        self.compile(
            optimizer=keras.optimizers.AdamW(),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
        )

    @property
    def frozen_encoder(self) -> bool:
        """Whether most of the network is a pretrained encoder that its file doesn't hold."""
        return self.architecture == "encoder" and not self.options["trained_blocks"]

    def __dir__(self):
        return [name for name in super().__dir__() if name not in NOT_FOR_KERAS_TO_SAVE]

    def call(self, inputs, training=False):
        """Return logits float32 `(batch, classes)` for one collated batch."""
        return self.network(inputs, training=training)

    def summary(self, **kwargs) -> None:
        """Print the network's layers, their output shapes and numbers of weights."""
        self.network.summary(**kwargs)

    def fit(self, x=None, y=None, batch_size=32, epochs=1, **kwargs):
        """Train as `keras.Model.fit` does, on raw texts and integer labels or on batches.

        `validation_data` may be a pair of texts and labels. Batches hold texts of like length.
        """
        weight = kwargs.pop("sample_weight", None)
        if validation := kwargs.get("validation_data"):
            kwargs["validation_data"] = self._batches(*validation[:2], 256, shuffle=False)
        batches = self._batches(x, y, batch_size, sample_weight=weight)
        return super().fit(batches, epochs=epochs, **kwargs | {"shuffle": False})

    def evaluate(self, x=None, y=None, batch_size=256, **kwargs):
        """Return loss and metrics as `keras.Model.evaluate` does, of raw texts and labels."""
        weight = kwargs.pop("sample_weight", None)
        batches = self._batches(x, y, batch_size, sample_weight=weight, shuffle=False)
        return super().evaluate(batches, **kwargs)

    def predict(self, x, batch_size=256, **kwargs) -> np.ndarray:
        """Return logits float32 `(len(x), classes)` of raw texts, in their order."""
        if not _is_raw(x):
            return super().predict(x, batch_size=batch_size, **kwargs)
        return self.predict_logits(x, batch_size=batch_size).astype("float32")

    def _batches(self, x, y, batch_size: int, *, sample_weight=None, shuffle: bool = True):
        if not _is_raw(x):
            return x
        labels = np.asarray(y)
        if labels.shape != (len(x),) or not np.isin(labels, range(len(self.label_names))).all():
            raise ValueError(
                f"Give one label per text, integers from 0 to {len(self.label_names) - 1}: "
                f"{dict(enumerate(self.label_names))}."
            )
        return BucketedBatches(
            self.vectorizer.transform(x),
            labels,
            self.vectorizer.collate,
            batch_size=batch_size or 32,
            sample_weight=sample_weight,
            seed=self.seed,
            shuffle=shuffle,
        )

    def train_on_batch(self, x, y=None, **kwargs):
        """As `keras.Model.train_on_batch`, on raw texts too."""
        return super().train_on_batch(self._collated(x), y, **kwargs)

    def test_on_batch(self, x, y=None, **kwargs):
        """As `keras.Model.test_on_batch`, on raw texts too."""
        return super().test_on_batch(self._collated(x), y, **kwargs)

    def predict_on_batch(self, x):
        """As `keras.Model.predict_on_batch`, on raw texts too: logits `(len(x), classes)`."""
        return super().predict_on_batch(self._collated(x))

    def _collated(self, x):
        return self.vectorizer.collate(self.vectorizer.transform(x)) if _is_raw(x) else x

    def predict_proba(self, texts: Iterable, *, batch_size: int = 256) -> np.ndarray:
        """Return class probabilities, float64 `(len(texts), classes)`; rows sum to 1.

        Texts are batched with others of like length. A text without a known word gets the
        answer that the network gives to one unknown word, and a warning.

        Raises:
            TypeError: `texts` is a single string, or holds something that is not a string.
        """
        logits = self.predict_logits(texts, batch_size=batch_size)
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    def predict_labels(self, texts: Iterable) -> list[str]:
        """Return the name of the most probable class of each text."""
        return [self.label_names[i] for i in self.predict_logits(texts).argmax(axis=1)]

    def predict_logits(self, texts: Iterable, *, batch_size: int = 256) -> np.ndarray:
        """Return logits, float64 `(len(texts), classes)`; otherwise as `predict_proba`."""
        rows = self.vectorizer.transform(texts)
        if unknown := sum(not self.vectorizer.known(row) for row in rows):
            warnings.warn(f"{unknown} of {len(rows)} texts hold no known word.", stacklevel=3)
        return self.logits_of_rows(rows, batch_size=batch_size)

    def logits_of_rows(self, rows: list, *, batch_size: int = 256) -> np.ndarray:
        """Return logits, float64 `(len(rows), classes)`, of the vectorizer's rows."""
        tokens = architectures.find(self.architecture).tokens
        collate = self.vectorizer.collate
        return predict_rows(self.network, rows, collate, tokens=tokens, batch_size=batch_size)

    def round_weights(self) -> None:
        """Round the weights to what the saved file keeps: done once after training."""
        storage.round_weights(self.network)

    def save(self, filepath: str | Path, overwrite: bool = True, **kwargs) -> None:
        """Write a `.keras` file, compressed, whole or not at all.

        Raises:
            ModelFileError: it can't be written, or is there and may not be overwritten.
        """
        path = Path(filepath)
        if path.suffix != ".keras":
            raise ModelFileError(f"A model is saved as {path.stem}.keras, not {path.name}.")
        if path.exists() and not overwrite:
            raise ModelFileError(f"{path} is there already; overwrite=True replaces it.")
        try:
            with paths.written_whole(path) as partial:
                super().save(partial, **kwargs)
                storage.deflate(partial)
        except OSError as error:
            raise ModelFileError(f"Can't write {path}: {error.strerror or error}.") from error

    def get_compile_config(self) -> None:
        """Return nothing: a loaded model is compiled anew, as every other one."""

    def get_config(self) -> dict:
        """Return what `from_config` needs, as JSON types."""
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
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: dict) -> "TextClassifier":
        """Rebuild from `get_config`, of this format or the first."""
        config = dict(config)
        if (version := config.pop("format", None)) not in (1, FORMAT):
            raise ModelFileError(f"it has format {version}, this lib reads 1 and {FORMAT}")
        if version == 1:
            name = config["architecture"]
            config["architecture"] = FIRST_FORMAT.get(name, name)
            config["options"] = {k: v for k, v in config["options"].items() if k != "seed"}
        vectorizer = dict(config.pop("vectorizer"))
        kind = vectorizer.pop("kind")
        return cls(vectorizer=VECTORIZERS[kind].from_config(vectorizer), **config)

    def save_own_variables(self, store) -> None:
        """Write the network's weights; Keras calls it."""
        storage.write(self.network, store)

    def load_own_variables(self, store) -> None:
        """Read the network's weights; Keras calls it."""
        storage.read(self.network, store)


def _is_raw(x) -> bool:
    """Whether these are texts, or rows of a table, and not a vectorizer's arrays or batches."""
    if isinstance(x, str | Mapping):
        return True  # a single one: the vectorizer says what is wrong with it
    listed = isinstance(x, list | tuple | np.ndarray) or type(x).__name__ == "Series"
    return listed and (len(x) == 0 or isinstance(next(iter(x)), str | Mapping))


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
