"""`TextClassifier`: vectorizer, network and label names in one Keras model that reads raw text."""

from pathlib import Path

import keras
import numpy as np

from lib.models import architectures, encoder, storage
from lib.models.batches import BucketedBatches, check_labels, is_raw
from lib.models.storage import ModelFileError
from lib.text import VECTORIZERS, TextPredictor

FORMAT = 2  # of the saved file
# Where Keras, looking for parts to save, would find those that `storage` saves, and the training's.
NOT_FOR_KERAS_TO_SAVE = {"network", "layers", "optimizer", "loss"}
NOT_FOR_KERAS_TO_SAVE |= {"_compile_loss", "_compile_metrics", "_loss_tracker"}


NOT_IN_METRICS = {"idf", "tokenizer", "ngram_vocabulary"}  # of a vectorizer's config: as long


@keras.saving.register_keras_serializable(package="lib")
class TextClassifier(TextPredictor, keras.Model):
    """A text classifier that takes raw texts, saved whole in one `.keras` file.

    It is a Keras model like KerasHub's tasks: `fit`, `evaluate`, `predict` and their `..._on_batch`
    take lists of strings (of mappings, for a table's rows) and integer labels, or collated batches.
    Its output are logits, float32 `(batch, classes)`; `predict_proba` gives probabilities. It is
    compiled with AdamW and cross-entropy; `lib.training.fit` is how this project trains it.

    The file stores the architecture's name and options, from which the network is rebuilt, its
    vocabulary, and its weights in 8 and 16 bits (see `lib.models.storage`), without the optimizer;
    so it is small and loads under any Keras that this project admits. Its answers are in float32.

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
        self.made_from = []  # fingerprints: of whose texts and whose labels its first weights know
        self.network = architectures.find(architecture).network(**self.options)
        if self.frozen_encoder:
            encoder.load_pretrained(self.network, self.options, download=False)
        self.built = True
        self.compile(
            optimizer=keras.optimizers.AdamW(),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
        )

    @property
    def frozen_encoder(self) -> bool:
        """Whether the network is mostly a pretrained encoder that its file doesn't hold."""
        return self.architecture == "encoder" and not self.options["trained_blocks"]

    @property
    def batch_tokens(self) -> int:
        """Entries of a batch in prediction, padding included."""
        return architectures.find(self.architecture).tokens

    def logits_of_batch(self, batch) -> np.ndarray:
        """Return logits float32 `(batch, classes)` of one collated batch."""
        return self.network.predict_on_batch(batch)

    def __dir__(self):
        return [name for name in super().__dir__() if name not in NOT_FOR_KERAS_TO_SAVE]

    def call(self, inputs, training=False):
        """Return logits float32 `(batch, classes)` for one collated batch."""
        return self.network(inputs, training=training)

    def summary(self, **kwargs) -> None:
        """Print the network's layers, their output shapes and numbers of weights."""
        self.network.summary(**kwargs)

    def fit(self, x=None, y=None, batch_size=32, epochs=1, **kwargs):
        """Train as `keras.Model.fit`; `validation_data` may be a pair of texts and labels."""
        validation = kwargs.get("validation_data")
        if isinstance(validation, tuple) and is_raw(validation[0]):
            kwargs["validation_data"] = self._batches(*validation[:2], 256, shuffle=False)
        if not is_raw(x):
            return super().fit(x, y, None if y is None else batch_size, epochs, **kwargs)
        weight = kwargs.pop("sample_weight", None)
        batches = self._batches(x, y, batch_size, sample_weight=weight)
        return super().fit(batches, epochs=epochs, **kwargs | {"shuffle": False})

    def evaluate(self, x=None, y=None, batch_size=256, **kwargs):
        """Return loss and metrics, as `keras.Model.evaluate` does."""
        if not is_raw(x):
            return super().evaluate(x, y, None if y is None else batch_size, **kwargs)
        options = {"sample_weight": kwargs.pop("sample_weight", None), "shuffle": False}
        return super().evaluate(self._batches(x, y, batch_size, **options), **kwargs)

    def predict(self, x, batch_size=256, **kwargs) -> np.ndarray:
        """Return logits float32 `(len(x), classes)`, in the order of `x`.

        Raw texts are batched by their lengths, whatever `batch_size` is.
        """
        if is_raw(x):
            return self.predict_logits(x).astype("float32")
        return super().predict(x, batch_size=batch_size, **kwargs)

    def _batches(self, x, y, batch_size: int, **options) -> BucketedBatches:
        labels = check_labels(y, len(x), self.label_names)
        rows, collate = self.vectorizer.transform(x), self.vectorizer.collate
        options = {"batch_size": batch_size or 32, "seed": self.seed} | options
        return BucketedBatches(rows, labels, collate, **options)

    def train_on_batch(self, x, y=None, **kwargs):
        return super().train_on_batch(self._collated(x), y, **kwargs)

    def test_on_batch(self, x, y=None, **kwargs):
        return super().test_on_batch(self._collated(x), y, **kwargs)

    def predict_on_batch(self, x):
        return super().predict_on_batch(self._collated(x))

    def _collated(self, x):
        return self.vectorizer.collate(self.vectorizer.transform(x)) if is_raw(x) else x

    def round_weights(self) -> None:
        """Become what the file keeps, once after training: weights rounded, answers in float32."""
        storage.round_weights(self.network)
        encoder.answer_in_float32(self.network)

    def save(self, filepath: str | Path, overwrite: bool = True, **kwargs) -> None:
        """Write a `.keras` file, compressed, whole or not at all.

        Raises:
            ModelFileError: it can't be written, or is there and may not be overwritten.
        """
        storage.save(super().save, Path(filepath), overwrite, **kwargs)

    def description(self) -> dict:
        """Return what a metrics file keeps of a model.

        Under `model` its architecture, options and numbers of weights; under `text` the options of
        its vectorizer and the size of its vocabulary.
        """
        model = {
            "architecture": self.architecture,
            "options": self.options,
            "parameters": int(self.network.count_params()),
            "trainable": sum(int(np.prod(w.shape)) for w in self.network.trainable_weights),
        }
        text = self.vectorizer.get_config() | {"vocabulary": len(self.vectorizer.vocabulary)}
        return {"model": model, "text": {k: v for k, v in text.items() if k not in NOT_IN_METRICS}}

    def get_compile_config(self) -> None:  # a loaded model is compiled anew
        pass

    def get_config(self) -> dict:
        """Return what `from_config` needs, as JSON types."""
        kind = next(k for k, cls in VECTORIZERS.items() if isinstance(self.vectorizer, cls))
        return {
            "format": FORMAT,
            "architecture": self.architecture,
            "options": self.options,
            "vectorizer": {"kind": kind} | self.vectorizer.get_config(),
            "label_names": list(self.label_names),
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: dict) -> "TextClassifier":
        """Rebuild from `get_config`.

        Raises:
            ModelFileError: the config is of another format.
        """
        if (version := (config := dict(config)).pop("format", None)) != FORMAT:
            raise ModelFileError(f"it has format {version}, this lib reads {FORMAT}")
        vectorizer = dict(config.pop("vectorizer"))
        vectorizer = VECTORIZERS[vectorizer.pop("kind")].from_config(vectorizer)
        model = cls(vectorizer=vectorizer, **config)
        encoder.answer_in_float32(model.network)
        return model

    def save_own_variables(self, store) -> None:
        storage.write(self.network, store)

    def load_own_variables(self, store) -> None:
        storage.read(self.network, store)
