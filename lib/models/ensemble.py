"""`Ensemble`: several classifiers that answer together, saved whole in one `.keras` file."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import keras
import numpy as np

from lib.models import storage
from lib.models.classifier import TextClassifier
from lib.text import TextPredictor

FORMAT = 1  # of the saved file


@keras.saving.register_keras_serializable(package="lib")
class Ensemble(TextPredictor, keras.Model):
    """Classifiers of the same classes whose logits are added, each times its share.

    It answers raw texts as its members do, but can't be trained: they are, each by itself, and
    `lib.training.blend` chooses the shares. A product of experts (Hinton 1999): adding logits
    multiplies probabilities, so that who is sure counts for more than who is not.

    Args:
        members: trained.
        shares: a number for each, by which its logits are multiplied; equal ones if not given.

    Raises:
        ValueError: no members, one of them twice, other classes, or not a share for each.
    """

    architecture = "ensemble"

    def __init__(
        self,
        members: Sequence[TextClassifier],
        shares: Sequence[float] | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if len({member.label_names for member in members}) != 1:
            raise ValueError("An ensemble needs members, all of the same classes.")
        self.shares = [float(s) for s in shares or [1 / len(members)] * len(members)]
        if len(self.shares) != len(members):
            raise ValueError(f"There are {len(members)} members and {len(self.shares)} shares.")
        if len({id(member) for member in members}) != len(members):
            raise ValueError("A model is a member once; give it a larger share.")
        self.members = list(members)
        self.built = True

    @property
    def label_names(self) -> tuple[str, ...]:
        """The name of each class, in the order of the logits."""
        return self.members[0].label_names

    @property
    def options(self) -> dict:
        """Who is in it, with which share."""
        return {"members": [m.architecture for m in self.members], "shares": self.shares}

    def predict_logits(self, texts: Iterable, *, batch_size: int = 256) -> np.ndarray:
        """Return logits, float64 `(len(texts), classes)`; see `TextClassifier.predict_logits`."""
        texts = texts if isinstance(texts, str) else list(texts)
        pairs = zip(self.shares, self.members, strict=True)
        return sum(s * m.predict_logits(texts, batch_size=batch_size) for s, m in pairs)

    def predict(self, x, batch_size=256, **kwargs) -> np.ndarray:
        """Return logits float32 `(len(x), classes)` of raw texts, in their order."""
        return self.predict_logits(x, batch_size=batch_size).astype("float32")

    def call(self, inputs, training=False):  # noqa: D102, a network's method
        raise NotImplementedError("Ask predict_proba: the members read a text in different ways.")

    def fit(self, *args, **kwargs):
        """Say that members are trained, not ensembles."""
        raise NotImplementedError("Train the members, and choose the shares by training.blend.")

    def summary(self) -> None:
        """Print the members, their shares and their numbers of weights."""
        for share, member in zip(self.shares, self.members, strict=True):
            print(f"{member.architecture}: share {share:.2f}, {member.count_params():,} weights")

    def description(self) -> dict:
        """Return what a metrics file keeps of a model; see `TextClassifier.description`."""
        described = [member.description() for member in self.members]
        counts = {k: sum(d["model"][k] for d in described) for k in ("parameters", "trainable")}
        model = {"architecture": self.architecture, "options": self.options} | counts
        return {"model": model, "text": {}}

    def __dir__(self):  # where Keras would find the members a second time
        return [name for name in super().__dir__() if name != "layers"]

    def save(self, filepath: str | Path, overwrite: bool = True, **kwargs) -> None:
        """Write a `.keras` file; see `TextClassifier.save`."""
        storage.save(super().save, Path(filepath), overwrite, **kwargs)

    def get_config(self) -> dict:
        """Return what `from_config` needs, as JSON types."""
        members = [member.get_config() for member in self.members]
        return {"format": FORMAT, "members": members, "shares": self.shares}

    @classmethod
    def from_config(cls, config: dict) -> "Ensemble":
        """Rebuild from `get_config`."""
        if config["format"] != FORMAT:
            raise storage.ModelFileError(
                f"it has format {config['format']}, this lib reads {FORMAT}"
            )
        members = [TextClassifier.from_config(member) for member in config["members"]]
        return cls(members, config["shares"])
