import dataclasses

import numpy as np
import pytest

from lib import data, models, paths, training

SMALL = {"vocabulary_size": 400, "max_length": 80, "embedding_dim": 16, "units": 8}


def fresh(dataset, **options):
    return models.build("lstm", dataset, **SMALL | options)


def test_large_epsilon_keeps_the_steps_of_rare_words_small(dataset, workspace):
    names = [f"{first}{second}xyz" for first in "abcdefgh" for second in "abcdefgh"]
    texts = [f"{text} {names[i % 320]}" if i % 320 < 64 else text
             for i, text in enumerate(dataset.train.texts)]  # fmt: skip
    rarely = dataclasses.replace(dataset, train=data.Split(texts, dataset.train.labels))
    moved = {}
    for epsilon in (1e-7, 1e-2):
        model = fresh(rarely, vectors="random")
        ids = {word: i for i, word in enumerate(model.vectorizer.vocabulary, start=2)}
        table = model.network.get_layer("embedding").embeddings
        before = np.array(table)
        options = {"epochs": 1, "weight_decay": 0.0, "ema_momentum": 0.0, "verbose": 0}
        training.fit(model, rarely, name="steps", epsilon=epsilon, batch_size=16, **options)
        by_word = np.linalg.norm(np.array(table) - before, axis=1)
        moved[epsilon] = by_word[[ids[name] for name in names]].mean() / by_word[2:52].mean()
    assert moved[1e-2] < 0.8 * moved[1e-7], moved


def test_balanced_training_answers_for_rare_classes(dataset, workspace):
    """With one class in twenty, an untrained network that knows only shares ignores it."""
    labels = dataset.train.labels
    kept = np.flatnonzero((labels == 0) | (np.cumsum(labels) % 20 == 0))
    train = data.Split([dataset.train.texts[i] for i in kept], labels[kept])
    uneven = dataclasses.replace(dataset, train=train)
    said = {}
    for balanced in (False, True):
        model = fresh(uneven)
        options = {"balanced": balanced, "epochs": 3, "ema_momentum": 0.0, "verbose": 0}
        training.fit(model, uneven, name="uneven", learning_rate=2e-2, **options)
        said[balanced] = model.predict_proba(dataset.test.texts)[:, 1].mean()
    assert said[False] < 0.2
    assert 0.35 < said[True] < 0.65


def test_the_rate_of_fine_tuning_ends_at_nothing(dataset, workspace):
    model = fresh(dataset)
    record = training.fit(model, dataset, name="planned", epochs=2, warmup=0.1, verbose=0).record
    assert record["options"]["warmup"] == 0.1
    assert float(model.network.optimizer.learning_rate) == pytest.approx(0, abs=1e-9)


def test_epochs_are_chosen_without_label_smoothing(dataset, workspace):
    """With it, the losses of two recipes that smooth differently could not be compared."""
    record = training.fit(fresh(dataset), dataset, epochs=1, label_smoothing=0.4, verbose=0).record[
        "history"
    ]
    assert {"cross_entropy", "val_cross_entropy"} <= record.keys()
    plain = training.fit(
        fresh(dataset), dataset, name="plain", epochs=1, label_smoothing=0.0, verbose=0
    ).record["history"]
    assert plain["val_loss"] == pytest.approx(plain["val_cross_entropy"], abs=1e-4)
    assert record["val_loss"][0] > record["val_cross_entropy"][0] - 0.02
    assert record["val_loss"] != pytest.approx(record["val_cross_entropy"], abs=1e-4)


def test_a_run_that_diverges_at_once_says_so_and_leaves_nothing_behind(dataset, workspace):
    """It used to end in a missing file, and the next try went on from its weights."""
    model = fresh(dataset)
    table = model.network.get_layer("embedding").embeddings
    table.assign(np.full(table.shape, np.nan))
    with pytest.raises(training.DivergedError, match=r"bad diverged.*smaller learning_rate"):
        training.fit(model, dataset, name="bad", epochs=2, verbose=0)
    assert not list(paths.checkpoint_dir("imdb", "bad").parent.glob("bad-*/"))
