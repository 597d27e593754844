"""`History`: what is known of a finished training run, and whether it has to be run again."""

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lib import paths
from lib.data import Dataset
from lib.models import ModelFileError, TextClassifier, load
from lib.models.encoder import answer_in_float32

PROTOCOL = 1  # raise it when the training code changes what a recipe gives


@dataclass(frozen=True)
class History:
    """A finished run.

    Attributes:
        record: what the metrics JSON keeps under `training`. Of every run `key`, `protocol`,
            `seed`, `options`, `seconds` and `peak_memory_mb`; of a network `epochs`, `best_epoch`,
            `seconds_per_epoch` and `history`, the logs by epoch: `loss` (with label smoothing),
            `cross_entropy` (without) and `accuracy`, and all three with `val_` in front.
        reused: whether the run was found published, and not trained now.
        folder: that keeps the weights until they are published; so an interruption before that
            loses nothing.
    """

    record: dict
    reused: bool = False
    folder: Path | None = None

    def table(self) -> pd.DataFrame:
        """Return the logs by epoch, a row each, with the kept epoch's marked."""
        logs = pd.DataFrame(self.record["history"])
        table = pd.DataFrame(
            {
                "epoch": range(1, len(logs) + 1),
                "loss": logs["cross_entropy"],
                "validation loss": logs["val_cross_entropy"],
                "accuracy": logs["accuracy"],
                "validation accuracy": logs["val_accuracy"],
                "seconds": self.record["seconds_per_epoch"],
            }
        ).set_index("epoch")
        table["kept"] = ["✓" if e == self.record["best_epoch"] else "" for e in table.index]
        return table

    def clear(self) -> None:
        """Delete what was kept to resume the run: it is published, or not to be."""
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def plot(self, metric: str = "accuracy", *, ax=None):
        """Draw a metric on train and validation by epoch; return the Axes."""
        from lib import plots  # here: training needs no figures

        return plots.history(self.record, metric, ax=ax)


def recipe_key(model: TextClassifier, dataset: Dataset, options: dict) -> str:
    """Return a hash of all that decides what a run gives, 16 hexadecimal digits.

    These are the texts and their split, the vectorizer, the architecture with its options, the
    data that its first weights were made from, the training options, the seed, and `PROTOCOL`.

    Args:
        model: untrained.
        dataset: to be trained on.
        options: of the training, all of them.
    """
    recipe = {
        "protocol": PROTOCOL,
        "data": dataset.fingerprint,
        "model": model.get_config(),
        "training": options,
    }
    if set(model.made_from) - {dataset.fingerprint}:  # it was built from another data set
        recipe["made from"] = list(model.made_from)
    text = json.dumps(recipe, sort_keys=True, default=list)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def retrain() -> bool:
    """Whether every run is to be trained, also one that is there: `RETRAIN=1`."""
    return os.environ.get("RETRAIN", "0") != "0"


def published_key(dataset: str, name: str) -> str | None:
    """Return the recipe key of a published run; nothing if it isn't there or is to be trained.

    With `RETRAIN=1` in the environment every run is to be trained.
    """
    path = paths.models_dir(dataset) / f"{name}.json"
    if retrain() or not path.exists():
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8"))["training"].get("key")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        print(f"{dataset}/{name} can't be reused and is trained again: {error!r}")
        return None


def load_published(model: TextClassifier, dataset: Dataset, name: str, key: str) -> History | None:
    """Give the model the weights of its published run, if there is one by the same recipe.

    Returns:
        The recorded history; nothing if the run has to be trained.
    """
    path = paths.models_dir(dataset.name) / f"{name}.json"
    paths.record_use(path)
    file = path.with_suffix(".keras")
    if published_key(dataset.name, name) != key or not file.exists():
        return None
    metrics = json.loads(path.read_text(encoding="utf-8"))
    try:
        stored = load(file)
    except ModelFileError as error:
        print(f"{dataset.name}/{name} can't be reused and is trained again: {error}")
        return None
    if stored.get_config() != json.loads(json.dumps(model.get_config())):
        return None  # the file is of another run than the JSON beside it
    model.network.set_weights(stored.network.get_weights())
    answer_in_float32(model.network)
    record = metrics["training"]
    print(
        f"{dataset.name}/{name}: reused the run of {metrics['created'][:10]}, trained in "
        f"{record['seconds']:,.0f} s on {metrics['environment']['cpu']}; RETRAIN=1 trains it again."
    )
    return History(record, reused=True)
