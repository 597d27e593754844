"""How a network is trained: what every run of this project needs around Keras's `fit`."""

import json
import shutil
import time
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from lib import paths
from lib.data import Dataset
from lib.models import TextClassifier
from lib.models.batches import BucketedBatches
from lib.training import callbacks, frozen_features
from lib.training.schedules import WarmupLinearDecay

FINISHED = "record.json"  # of a run that was trained to its end, beside its weights


class DivergedError(Exception):
    """A run whose loss was no number before its first epoch ended."""


def train_network(
    model: TextClassifier,
    dataset: Dataset,
    folder: Path,
    *,
    logs: tuple[str, str],
    more: list[keras.callbacks.Callback],
    epochs: int = 12,
    batch_size: int = 128,
    learning_rate: float = 2e-3,
    weight_decay: float = 1e-2,
    epsilon: float = 1e-7,
    clip_norm: float | None = 1.0,
    label_smoothing: float = 0.1,
    balanced: bool = False,
    ema_momentum: float = 0.99,
    warmup: float = 0.0,
    patience: int = 3,
) -> dict:
    """Train a network; `fit` calls it.

    AdamW (Loshchilov & Hutter 2019) with clipped gradients, label smoothing, an
    exponential moving average of the weights (what is validated, kept and returned), a learning
    rate halved when validation loss stalls, or planned with `warmup`, and early stopping. The best
    epoch is the one with the smallest validation loss, without label smoothing.

    Args:
        model: its network is trained; of a frozen encoder's, the layers behind the encoder.
        dataset: its train and validation parts are read; of the train part the `targets`, if a
            teacher gave it some, instead of the labels.
        folder: where the run keeps what it needs to resume, and at the end its weights and record.
        logs: data set and name of the run.
        more: callbacks besides those that every run has.
        epochs: at most this many.
        batch_size: texts in a batch.
        learning_rate, weight_decay: of AdamW.
        epsilon: of AdamW, added to the root of the mean square gradient by which a step is divided.
            A large one keeps steps small where gradients are small, as for the weights of rare
            features, which would else learn the training labels by heart.
        clip_norm: length to which a longer gradient of a weight is cut; None cuts none.
        label_smoothing: share of the target spread over all classes.
        balanced: weigh each text by the inverse share of its class: all classes count alike.
        ema_momentum: of the average of weights, per batch.
        warmup: share of all steps in which the learning rate rises to its value; it then falls to 0
            in a straight line, as fine-tuning wants it. With 0 it is constant until it is halved.
        patience: epochs without a better validation loss before stopping.

    Returns:
        What `History.record` keeps of a network's run. An epoch whose loss was no number, with
        which a run ends, is left out.
    """
    started = time.perf_counter()
    network, batches, saved = _inputs(model, dataset, batch_size)
    if (folder / FINISHED).exists():
        network.load_weights(folder / "best.weights.h5")
        return json.loads((folder / FINISHED).read_text(encoding="utf-8"))
    rate = learning_rate
    if warmup:
        steps = epochs * len(batches["train"])
        first = max(1, round(warmup * steps))
        rate = WarmupLinearDecay(learning_rate, warmup_steps=first, total_steps=steps)
    network.compile(
        optimizer=keras.optimizers.AdamW(
            rate,
            weight_decay=weight_decay,
            epsilon=epsilon,
            clipnorm=clip_norm,
            use_ema=True,  # with a momentum of 0 the average is the weights themselves
            ema_momentum=ema_momentum,
        ),
        loss=keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=label_smoothing
        ),
        metrics=[
            keras.metrics.CategoricalAccuracy("accuracy"),
            keras.metrics.CategoricalCrossentropy("cross_entropy", from_logits=True),
        ],
    )
    # TensorFlow traces a step twice if it makes variables; so all are made before it.
    network.optimizer.build(network.trainable_variables)
    prepared = time.perf_counter() - started + saved
    network.fit(
        batches["train"],
        validation_data=batches["validation"],
        epochs=epochs,
        shuffle=False,  # the batches shuffle themselves
        class_weight=_class_weights(dataset) if balanced else None,
        callbacks=callbacks.standard(
            folder,
            batches["train"],
            patience=patience,
            halve_from=None if warmup else learning_rate,
            logs=logs,
        )
        + more,
        verbose=0,
    )
    history = pd.read_csv(folder / "history.csv").drop_duplicates("epoch", keep="last")
    if pd.isna(history[callbacks.CHOSEN_BY][0]):
        shutil.rmtree(folder)  # or the next try would go on from weights that are no numbers
        raise DivergedError(
            f"{logs[1]} diverged: in its first epoch the loss is no number. Try a smaller "
            f"learning_rate than {learning_rate:g}."
        )
    network.load_weights(folder / "best.weights.h5")
    history = history[history[callbacks.CHOSEN_BY].notna()].reset_index(drop=True)
    seconds, memory = history.pop("seconds"), history.pop("memory_mb").max()
    record = {
        "epochs": len(history),
        "best_epoch": int(history[callbacks.CHOSEN_BY].idxmin()) + 1,
        "seconds": round(prepared + float(seconds.sum()), 1),
        "seconds_per_epoch": seconds.round(2).tolist(),
        "history": history.drop(columns="epoch").round(5).to_dict(orient="list"),
        "peak_memory_mb": None if pd.isna(memory) else memory,
    }
    shutil.rmtree(folder / "backup", ignore_errors=True)
    with paths.written_whole(folder / FINISHED) as partial:
        partial.write_text(json.dumps(record), encoding="utf-8")
    return record


def _inputs(model: TextClassifier, dataset: Dataset, batch_size: int) -> tuple:
    """Return the network to train, its batches by part, and the seconds saved by stored features.

    These belong to the run's time all the same: someone without the files would need them.
    """
    parts, saved = {"train": dataset.train, "validation": dataset.validation}, 0.0
    if model.frozen_encoder:
        network, collate = frozen_features.head(model), np.stack
        found = {p: frozen_features.timed(model, split.texts) for p, split in parts.items()}
        rows = {part: features for part, (features, _) in found.items()}
        saved = sum(seconds for _, seconds in found.values())
    else:
        network, collate = model.network, model.vectorizer.collate
        rows = {part: model.vectorizer.transform(split.texts) for part, split in parts.items()}
    one_hot = np.eye(len(dataset.label_names), dtype="float32")
    batches = {
        part: BucketedBatches(
            rows[part],
            one_hot[split.labels] if split.targets is None else split.targets,
            collate,
            batch_size=batch_size if part == "train" else 256,
            seed=model.seed,
            shuffle=part == "train",
        )
        for part, split in parts.items()
    }
    return network, batches, saved


def _class_weights(dataset: Dataset) -> dict[int, float]:
    from sklearn.utils.class_weight import compute_class_weight

    classes = np.arange(len(dataset.label_names))
    return dict(
        enumerate(compute_class_weight("balanced", classes=classes, y=dataset.train.labels))
    )
