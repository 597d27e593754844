"""`train()`: the one training loop, with what every run of this project needs around `fit`."""

import shutil
import time

import keras
import numpy as np
import pandas as pd
from sklearn.utils.class_weight import compute_class_weight

from lib import callbacks, paths
from lib.batches import BucketedBatches
from lib.schedules import WarmupLinearDecay
from lib.splits import Dataset


def train(
    classifier,
    dataset: Dataset,
    *,
    name: str,
    epochs: int = 12,
    batch_size: int = 128,
    learning_rate: float = 2e-3,
    weight_decay: float = 1e-2,
    epsilon: float = 1e-7,
    label_smoothing: float = 0.1,
    balanced: bool = False,
    ema_momentum: float = 0.99,
    warmup: float = 0.0,
    patience: int = 3,
    seed: int = 0,
    verbose: int | str = "auto",
) -> dict:
    """Train the classifier on the train part, choosing the epoch by validation loss.

    AdamW (Loshchilov & Hutter 2019) with gradients clipped at norm 1, label smoothing, an
    exponential moving average of the weights (what is validated, kept and returned), a learning
    rate halved when validation loss stalls, or planned with `warmup`, and early stopping. The best
    weights are restored and rounded to the file's precision.

    A run that was interrupted goes on from its last finished epoch when called again; the
    counters of early stopping and of the learning rate's patience start anew then.

    Args:
        classifier: a `TextClassifier` with a fitted vectorizer.
        dataset: its train and validation parts are read; its test part is not.
        name: of the run; names its checkpoints and logs.
        epochs: at most this many.
        batch_size: texts in a batch.
        learning_rate, weight_decay: of AdamW.
        epsilon: of AdamW, added to the root of the mean square gradient by which a step is divided.
            A large one keeps steps small where gradients are small, as for the weights of rare
            features, which would else learn the training labels by heart.
        label_smoothing: share of the target spread over all classes.
        balanced: weigh each text by the inverse share of its class: all classes count alike.
        ema_momentum: of the average of weights, per batch.
        warmup: share of all steps in which the learning rate rises to its value; it then falls to 0
            in a straight line, as fine-tuning wants it. With 0 it is constant until it is halved.
        patience: epochs without a better validation loss before stopping.
        seed: of shuffling and of everything random in Keras.
        verbose: as in `fit`.

    Returns:
        What the metrics JSON keeps under `training`: seed, epochs, best_epoch, batch_size,
        options, seconds (vectorizing included), seconds_per_epoch, history, peak_memory_mb.

    Raises:
        RunningError: another process is training the same run.
    """
    options = {
        "max_epochs": epochs,
        "learning_rate": learning_rate,
        "weight_decay": weight_decay,
        "epsilon": epsilon,
        "label_smoothing": label_smoothing,
        "balanced": balanced,
        "ema_momentum": ema_momentum,
        "warmup": warmup,
        "patience": patience,
    }
    keras.utils.set_random_seed(seed)
    folder = paths.checkpoint_dir(dataset.name, name)
    with callbacks.only_run(folder):
        started = time.perf_counter()
        batches = {
            part: BucketedBatches(
                classifier.vectorizer.transform(split.texts),
                split.labels,
                classifier.vectorizer,
                classes=len(dataset.label_names),
                batch_size=batch_size if part == "train" else 256,
                seed=seed,
                shuffle=part == "train",
            )
            for part, split in (("train", dataset.train), ("validation", dataset.validation))
        }
        network = classifier.network
        weights = None
        if balanced:
            labels = dataset.train.labels
            classes = np.arange(len(dataset.label_names))
            by_class = compute_class_weight("balanced", classes=classes, y=labels)
            weights = dict(enumerate(by_class))
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
                clipnorm=1.0,
                use_ema=True,
                ema_momentum=ema_momentum,
            ),
            loss=keras.losses.CategoricalCrossentropy(
                from_logits=True, label_smoothing=label_smoothing
            ),
            metrics=["accuracy"],
        )
        prepared = time.perf_counter() - started
        network.fit(
            batches["train"],
            validation_data=batches["validation"],
            epochs=epochs,
            class_weight=weights,
            callbacks=callbacks.standard(
                folder,
                batches["train"],
                patience=patience,
                plateaus=not warmup,
                logs=(dataset.name, name),
            ),
            verbose=verbose,
        )
        network.load_weights(folder / "best.weights.h5")
        classifier.round_weights()
        history = pd.read_csv(folder / "history.csv")
        seconds, memory = history.pop("seconds"), history.pop("memory_mb").max()
        shutil.rmtree(folder)
    return {
        "seed": seed,
        "epochs": len(history),
        "best_epoch": int(history["val_loss"].idxmin()) + 1,
        "batch_size": batch_size,
        "options": options,
        "seconds": round(prepared + float(seconds.sum()), 1),
        "seconds_per_epoch": seconds.round(2).tolist(),
        "history": history.drop(columns="epoch").round(5).to_dict(orient="list"),
        "peak_memory_mb": None if pd.isna(memory) else memory,
    }
