import keras
import numpy as np
import pandas as pd
import pytest

from lib import evaluation, models, paths, training
from lib.training import callbacks

SMALL = {"vocabulary_size": 400, "max_length": 80, "embedding_dim": 16, "units": 8}


def fresh(dataset, **options):
    return models.build("lstm", dataset, **SMALL | options)


def test_reading_order_beats_counting_words(dataset, workspace):
    """The synthetic corpus is made so that an LSTM must win against a bag of words."""
    # From random vectors: in a corpus of few phrases Word2Vec makes opposites nearly the same.
    model = fresh(dataset, embedding_dim=32, units=32, word_dropout=0.0, vectors="random")
    options = {"epochs": 12, "batch_size": 64, "learning_rate": 5e-3, "verbose": 0}
    record = training.fit(model, dataset, name="order", **options).record
    counting = models.build("tfidf_lr", dataset, ngrams=1)
    assert training.fit(counting, dataset).record["seconds"] >= 0  # rounded to a tenth
    accuracy = {
        name: (m.predict_proba(dataset.test.texts).argmax(axis=1) == dataset.test.labels).mean()
        for name, m in (("order", model), ("counting", counting))
    }
    assert accuracy["order"] > accuracy["counting"] + 0.1, accuracy
    assert len(record["seconds_per_epoch"]) == record["epochs"]
    assert record["best_epoch"] == int(np.argmin(record["history"]["val_cross_entropy"])) + 1
    assert record["peak_memory_mb"] > 100


def test_what_is_returned_are_the_best_epochs_weights_as_a_file_keeps_them(
    dataset, workspace, tmp_path
):
    model = fresh(dataset)
    record = training.fit(model, dataset, name="best", epochs=3, verbose=0).record
    logits = model.predict_logits(dataset.validation.texts)
    accuracy = (logits.argmax(axis=1) == dataset.validation.labels).mean()
    recorded = record["history"]["val_accuracy"][record["best_epoch"] - 1]
    assert accuracy == pytest.approx(recorded, abs=0.01)
    model.save(tmp_path / "best.keras")
    again = models.load(tmp_path / "best.keras")
    for ours, theirs in zip(model.get_weights(), again.get_weights(), strict=True):
        assert np.allclose(ours, theirs, rtol=1e-6, atol=0)


def test_same_seed_same_run(dataset, workspace):
    runs = []
    for name in ("first", "second"):
        model = fresh(dataset)
        run = training.fit(model, dataset, name=name, epochs=1, verbose=0)
        runs.append(run.record["history"])
    assert runs[0]["val_loss"] == pytest.approx(runs[1]["val_loss"], abs=1e-4)


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
        training.fit(fresh(dataset), dataset, name="stop", **options)
    (log,) = paths.checkpoint_dir("imdb", "stop").parent.glob("stop-*/history.csv")
    before = pd.read_csv(log)
    assert len(before) == 2

    monkeypatch.setattr(callbacks, "standard", standard)
    history = training.fit(fresh(dataset), dataset, name="stop", **options)
    resumed = history.record
    whole = training.fit(fresh(dataset), dataset, name="whole", **options).record
    assert resumed["epochs"] == 4
    assert resumed["history"]["val_loss"][:2] == pytest.approx(before["val_loss"], abs=1e-4)
    assert resumed["history"]["val_loss"] == pytest.approx(whole["history"]["val_loss"], abs=5e-3)
    history.clear()
    assert not log.exists()


def test_a_finished_run_is_not_trained_again_before_it_is_published(
    dataset, workspace, monkeypatch
):
    """An interruption while the test part was read used to lose hours of training."""
    trained = fresh(dataset)
    first = training.fit(trained, dataset, name="kept", epochs=2, verbose=0)
    again = fresh(dataset)
    second = training.fit(again, dataset, name="kept", epochs=2, verbose=0)
    assert second.record == first.record
    assert not second.reused
    texts = dataset.test.texts
    assert np.allclose(trained.predict_logits(texts), again.predict_logits(texts), atol=1e-6)
    monkeypatch.setenv("RETRAIN", "1")
    third = training.fit(fresh(dataset), dataset, name="kept", epochs=2, verbose=0)
    assert third.record["seconds_per_epoch"] != first.record["seconds_per_epoch"]
    monkeypatch.delenv("RETRAIN")
    about = {"name": "kept", "title": "Kept", "notebook": "test"}
    evaluation.publish(again, dataset, second, **about)
    assert not second.folder.exists()
    assert training.fit(fresh(dataset), dataset, name="kept", epochs=2, verbose=0).reused


def test_an_epoch_without_a_loss_ends_a_run_that_can_be_published(dataset, workspace):
    class Break(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                weight = self.model.trainable_variables[0]
                weight.assign(np.full(weight.shape, np.nan))

    model = fresh(dataset)
    history = training.fit(model, dataset, name="broken", epochs=5, verbose=0, callbacks=[Break()])
    assert history.record["epochs"] == 2
    about = {"name": "broken", "title": "Broken", "notebook": "test"}
    evaluation.publish(model, dataset, history, **about)
    assert np.isfinite(model.predict_proba(dataset.test.texts[:3])).all()


def test_an_interrupted_run_is_resumed_under_its_own_recipe_only(dataset, workspace, monkeypatch):
    """A run with another option used to go on from the other recipe's weights."""
    standard = callbacks.standard
    monkeypatch.setattr(callbacks, "standard", lambda *a, **k: [*standard(*a, **k), Interrupt()])
    options = {"name": "stop", "epochs": 3, "verbose": 0}
    with pytest.raises(KeyboardInterrupt):
        training.fit(fresh(dataset), dataset, **options)
    monkeypatch.setattr(callbacks, "standard", standard)
    other = training.fit(fresh(dataset), dataset, **options, learning_rate=1e-4).record
    clean = training.fit(
        fresh(dataset), dataset, **options | {"name": "clean"}, learning_rate=1e-4
    ).record
    assert len(other["seconds_per_epoch"]) == 3
    assert other["history"]["loss"] == pytest.approx(clean["history"]["loss"], abs=1e-4)


def test_an_option_that_is_not_there_is_refused(dataset, workspace):
    with pytest.raises(ValueError, match=r"no option \['epoch'\] here; it has .*'epochs'"):
        training.fit(fresh(dataset), dataset, epoch=3)
    with pytest.raises(ValueError, match="'c'"):
        training.fit(models.build("tfidf_lr", dataset, max_features=50), dataset, epochs=3)


def test_a_frozen_encoder_is_trained_as_any_other_model(dataset, checkpoint):
    options = {"pretrained": "small", "max_length": 16, "units": 8, "dropout": 0.0}
    model = models.build("encoder", dataset, **options)
    before = [w.numpy() for w in model.network.weights]
    record = training.fit(model, dataset, epochs=4, learning_rate=2e-2, verbose=0).record
    best = record["best_epoch"] - 1
    validation = dataset.validation
    right = model.predict_proba(validation.texts).argmax(axis=1) == validation.labels
    assert right.mean() == pytest.approx(record["history"]["val_accuracy"][best], abs=0.02)
    after = [w.numpy() for w in model.network.weights]
    changed = [not np.array_equal(a, b) for a, b in zip(before, after, strict=True)]
    behind = [w.path.split("/")[0] in ("hidden", "logits") for w in model.network.weights]
    assert changed == behind
