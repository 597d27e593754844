import json

import numpy as np
import pytest

from lib import data, evaluation, models, paths, training
from lib.training import history

SMALL = {"embedding_dim": 8, "vocabulary_size": 200, "max_length": 30}
ONCE = {"epochs": 1, "verbose": 0}


@pytest.fixture
def published(dataset, workspace):
    """A small trained and published network, and its history."""
    model = models.build("dan", dataset, **SMALL)
    run = training.fit(model, dataset, **ONCE)
    evaluation.publish(model, dataset, run, name="dan", title="DAN", notebook="03_ffnn")
    return model, run


def test_the_key_knows_all_that_decides_what_a_run_gives(dataset, workspace):
    def key(options=(), **building):
        model = models.build("dan", dataset, **SMALL | building)
        return history.recipe_key(model, dataset, dict(options))

    first = key({"epochs": 1})
    assert first == key({"epochs": 1})
    others = [
        key({"epochs": 2}),
        key({"epochs": 1}, seed=1),
        key({"epochs": 1}, dropout=0.1),
        key({"epochs": 1}, max_length=29),
        key({"epochs": 1}, names="out"),
    ]
    assert len({first, *others}) == 6


def test_the_key_knows_whose_labels_the_first_weights_were_made_from(dataset, workspace):
    """Weights from all labels, trained on few, passed for a run that knew the few only."""
    few = data.subset(dataset, 60)
    bags = {"max_features": 100}
    all_known = models.build("ffnn", dataset, **bags)
    few_known = models.build("ffnn", dataset, labelled=few, **bags)
    ratios = [m.network.get_layer("ratio").get_weights()[0] for m in (all_known, few_known)]
    assert not np.allclose(*ratios)
    keys = [history.recipe_key(m, few, {}) for m in (all_known, few_known)]
    assert keys[0] != keys[1]
    options = {"epochs": 1, "verbose": False}
    step = {"name": "few", "title": "Few", "build": bags, "fit_options": {"epochs": 1}}
    measured = training.measure("ffnn", dataset, labelled=few, **step)
    fitted = training.fit(few_known, few, name="few_known", **options)
    assert measured.metrics["training"]["key"] == fitted.record["key"]


def test_a_published_run_is_reused_and_says_so(published, dataset, capsys):
    model, run = published
    again = models.build("dan", dataset, **SMALL)
    reused = training.fit(again, dataset, **ONCE)
    said = capsys.readouterr().out
    assert "imdb/dan: reused the run of" in said
    assert "RETRAIN=1" in said
    assert reused.reused
    assert not run.reused
    assert reused.record == json.loads(json.dumps(run.record))
    texts = dataset.test.texts[:20]
    assert np.allclose(again.predict_proba(texts), model.predict_proba(texts), atol=1e-6)


def test_another_recipe_or_retrain_is_trained(published, dataset, monkeypatch):
    other = models.build("dan", dataset, **SMALL, dropout=0.1)
    assert not training.fit(other, dataset, **ONCE).reused
    longer = models.build("dan", dataset, **SMALL)
    assert not training.fit(longer, dataset, epochs=2, verbose=0).reused
    monkeypatch.setenv("RETRAIN", "1")
    assert not training.fit(models.build("dan", dataset, **SMALL), dataset, **ONCE).reused


def test_a_missing_or_damaged_file_is_trained_again(published, dataset, capsys):
    file = paths.models_dir("imdb") / "dan.keras"
    file.write_bytes(file.read_bytes()[:-100])
    assert not training.fit(models.build("dan", dataset, **SMALL), dataset, **ONCE).reused
    assert "can't be reused" in capsys.readouterr().out
    file.unlink()
    assert not training.fit(models.build("dan", dataset, **SMALL), dataset, **ONCE).reused


def test_a_file_of_another_run_is_not_taken_for_this_one(published, dataset):
    """Its JSON says one recipe, but somebody put another model beside it."""
    models.build("dan", dataset, **SMALL, dropout=0.2).save(paths.models_dir("imdb") / "dan.keras")
    assert not training.fit(models.build("dan", dataset, **SMALL), dataset, **ONCE).reused


def test_publishing_a_reused_run_writes_nothing_and_raises_if_answers_differ(published, dataset):
    folder = paths.models_dir("imdb")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    model = models.build("dan", dataset, **SMALL)
    reused = training.fit(model, dataset, **ONCE)
    naming = {"name": "dan", "title": "DAN", "notebook": "03_ffnn"}
    metrics = evaluation.publish(model, dataset, reused, **naming)
    assert metrics["training"]["key"] == reused.record["key"]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    model.network.set_weights([w + 0.3 for w in model.network.get_weights()])
    with pytest.raises(ValueError, match="dan"):
        evaluation.publish(model, dataset, reused, **naming)


def test_a_history_draws_itself(published):
    ax = published[1].plot("cross_entropy")
    assert ax.get_ylabel() == "cross entropy"
    assert len(ax.get_lines()) >= 2


def test_a_history_is_a_short_table(published):
    run = published[1]
    table = run.table()
    assert table.index.tolist() == list(range(1, run.record["epochs"] + 1))
    assert table["validation loss"].tolist() == run.record["history"]["val_cross_entropy"]
    assert table.index[table["kept"] == "✓"].tolist() == [run.record["best_epoch"]]
