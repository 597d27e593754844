import dataclasses

import keras
import numpy as np
import pandas as pd
import pytest

from lib import baselines, callbacks, classifier, paths, splits, training, vectorizers


def fresh(dataset, **options):
    keras.utils.set_random_seed(0)
    vectorizer = vectorizers.SequenceVectorizer(vocabulary_size=400, max_length=80)
    vectorizer.fit(dataset.train.texts)
    options = {"vocabulary_size": 400, "embedding_dim": 16, "units": 8, **options}
    return classifier.TextClassifier(
        architecture="lstm",
        options=options,
        vectorizer=vectorizer,
        label_names=dataset.label_names,
    )


def test_reading_order_beats_counting_words(dataset, workspace):
    """The synthetic corpus is made so that an LSTM must win against a bag of words."""
    model = fresh(dataset, embedding_dim=32, units=32, word_dropout=0.0)
    record = training.train(
        model, dataset, name="order", epochs=12, batch_size=64, learning_rate=5e-3, verbose=0
    )
    counting = baselines.tfidf_logistic_regression(dataset, ngrams=1)
    accuracy = {
        name: (m.predict_proba(dataset.test.texts).argmax(axis=1) == dataset.test.labels).mean()
        for name, m in (("order", model), ("counting", counting))
    }
    assert accuracy["order"] > accuracy["counting"] + 0.1, accuracy
    assert len(record["seconds_per_epoch"]) == record["epochs"]
    assert record["best_epoch"] == int(np.argmin(record["history"]["val_loss"])) + 1
    assert record["peak_memory_mb"] > 100


def test_what_is_returned_are_the_best_epochs_weights_in_half_precision(dataset, workspace):
    model = fresh(dataset)
    record = training.train(model, dataset, name="best", epochs=3, verbose=0)
    logits = model.predict_logits(dataset.validation.texts)
    accuracy = (logits.argmax(axis=1) == dataset.validation.labels).mean()
    recorded = record["history"]["val_accuracy"][record["best_epoch"] - 1]
    assert accuracy == pytest.approx(recorded, abs=0.01)
    for weight in model.network.get_weights():
        assert np.array_equal(weight, weight.astype("float16").astype("float32"))


def test_same_seed_same_run(dataset, workspace):
    runs = []
    for _ in range(2):
        model = fresh(dataset)
        runs.append(training.train(model, dataset, name="twice", epochs=1, verbose=0)["history"])
    assert runs[0]["val_loss"] == pytest.approx(runs[1]["val_loss"], abs=1e-4)


def test_large_epsilon_keeps_the_steps_of_rare_words_small(dataset, workspace):
    moved = {}
    for epsilon in (1e-7, 1e-2):
        model = fresh(dataset)
        table = model.network.get_layer("embedding").embeddings
        before = np.array(table)
        options = {"epochs": 1, "weight_decay": 0.0, "ema_momentum": 0.0, "verbose": 0}
        training.train(model, dataset, name="steps", epsilon=epsilon, **options)
        by_word = np.linalg.norm(np.array(table) - before, axis=1)[2:]  # the most frequent first
        words = len(model.vectorizer.vocabulary)
        moved[epsilon] = by_word[words - 50 : words].mean() / by_word[:50].mean()
    assert moved[1e-2] < 0.8 * moved[1e-7], moved


def test_balanced_training_answers_for_rare_classes(dataset, workspace):
    """With one class in twenty, an untrained network that knows only shares ignores it."""
    labels = dataset.train.labels
    kept = np.flatnonzero((labels == 0) | (np.cumsum(labels) % 20 == 0))
    train = splits.Split([dataset.train.texts[i] for i in kept], labels[kept])
    uneven = dataclasses.replace(dataset, train=train)
    said = {}
    for balanced in (False, True):
        model = fresh(uneven)
        options = {"balanced": balanced, "epochs": 3, "ema_momentum": 0.0, "verbose": 0}
        training.train(model, uneven, name="uneven", learning_rate=2e-2, **options)
        said[balanced] = model.predict_proba(dataset.test.texts)[:, 1].mean()
    assert said[False] < 0.2
    assert 0.35 < said[True] < 0.65


class Interrupt(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt


@pytest.mark.parametrize("options", [{}, {"warmup": 0.2, "learning_rate": 5e-3}])
def test_interrupted_run_goes_on_where_it_stopped(dataset, workspace, monkeypatch, options):
    options |= {"epochs": 4, "verbose": 0}
    standard = callbacks.standard
    monkeypatch.setattr(callbacks, "standard", lambda *a, **k: [*standard(*a, **k), Interrupt()])
    with pytest.raises(KeyboardInterrupt):
        training.train(fresh(dataset), dataset, name="stop", **options)
    log = paths.checkpoint_dir("imdb", "stop") / "history.csv"
    before = pd.read_csv(log)
    assert len(before) == 2

    monkeypatch.setattr(callbacks, "standard", standard)
    resumed = training.train(fresh(dataset), dataset, name="stop", **options)
    whole = training.train(fresh(dataset), dataset, name="whole", **options)
    assert resumed["epochs"] == 4
    assert resumed["history"]["val_loss"][:2] == pytest.approx(before["val_loss"], abs=1e-4)
    assert resumed["history"]["val_loss"] == pytest.approx(whole["history"]["val_loss"], abs=5e-3)
    assert not log.exists()


def test_the_rate_of_fine_tuning_ends_at_nothing(dataset, workspace):
    model = fresh(dataset)
    record = training.train(model, dataset, name="planned", epochs=2, warmup=0.1, verbose=0)
    assert record["options"]["warmup"] == 0.1
    assert float(model.network.optimizer.learning_rate) == pytest.approx(0, abs=1e-9)
