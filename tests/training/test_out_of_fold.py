import importlib

import numpy as np
import pytest

from lib import data, paths, training

SMALL = {"max_features": 3_000}


@pytest.fixture
def few(dataset):
    return data.subset(dataset, 900)


@pytest.fixture
def fitted(monkeypatch):
    """Notes the texts that each model is trained on."""
    module = importlib.import_module("lib.training.out_of_fold")
    seen, fit = [], module.fit

    def noting(model, part, **options):
        seen.append(set(part.train.texts))
        return fit(model, part, **options)

    monkeypatch.setattr(module, "fit", noting)
    return seen


def ask(few, **changes):
    options = {"name": "teacher", "count": 4, "build": SMALL} | changes
    return training.out_of_fold("nbsvm", few, **options)


def test_nobody_is_asked_about_what_it_was_trained_on(few, workspace, fitted):
    answers = ask(few)
    assert answers.shape == (900, 2)
    assert answers.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert len(fitted) == 4
    texts = set(few.train.texts)
    held = [texts - seen for seen in fitted]
    assert all(len(seen) == 675 for seen in fitted)
    assert set.union(*held) == texts
    assert sum(map(len, held)) == len(texts)
    right = (answers.argmax(axis=1) == few.train.labels).mean()
    assert right > 0.7  # it has learned something


def test_what_is_there_is_not_trained_again(few, workspace, fitted, monkeypatch):
    first = ask(few)
    stored = sorted(p.name for p in (paths.models_dir("imdb") / "teachers").iterdir())
    assert stored == [f"teacher-{i}of4.npz" for i in range(1, 5)]
    assert np.array_equal(ask(few), first)
    assert len(fitted) == 4
    (paths.models_dir("imdb") / "teachers" / "teacher-2of4.npz").unlink()  # interrupted
    assert np.array_equal(ask(few), first)
    assert len(fitted) == 5
    ask(few, seed=1)
    assert len(fitted) == 9
    monkeypatch.setenv("RETRAIN", "1")
    ask(few, seed=1)
    assert len(fitted) == 13


def test_one_fold_leaves_nothing_to_train_on(few, workspace):
    with pytest.raises(ValueError, match="2 or more"):
        ask(few, count=1)
