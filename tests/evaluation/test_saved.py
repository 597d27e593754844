import subprocess

import numpy as np
import pytest

from lib import evaluation, models
from lib.evaluation import saved

TEXTS = ["a good film", "a bad film", "no known word at all, zzz"]


@pytest.fixture
def published(run):
    return evaluation.read(run)


@pytest.fixture
def loads(monkeypatch):
    """The files that were loaded, in turn."""
    loaded, load = [], models.load
    monkeypatch.setattr(models, "load", lambda path: loaded.append(path) or load(path))
    return loaded


def test_a_model_is_asked_once(published, tiny, loads):
    answers, problems = evaluation.ask_all([published], "some", TEXTS)
    assert list(answers) == ["LSTM"]
    assert problems == []
    assert np.allclose(answers["LSTM"], tiny.predict_proba(TEXTS), atol=2e-3)  # 8 bits a weight
    again, _ = evaluation.ask_all([published], "some", TEXTS)
    assert np.array_equal(again["LSTM"], answers["LSTM"])
    assert loads == [published.model_file]


def test_other_texts_and_a_newer_run_are_asked_anew(published, loads):
    evaluation.ask_all([published], "some", TEXTS)
    answers, _ = evaluation.ask_all([published], "some", TEXTS[:2])
    assert answers["LSTM"].shape == (2, 2)
    published.metrics["created"] = "2000-01-01T00:00:00+00:00"
    evaluation.ask_all([published], "some", TEXTS[:2])
    assert len(loads) == 3


def test_without_answers_and_without_a_file_there_is_nothing(published, run):
    published.model_file.unlink()
    assert evaluation.ask_all([evaluation.read(run)], "x", TEXTS) == ({}, [])


def test_a_model_that_can_not_be_loaded_is_named_and_left_out(published):
    published.model_file.write_text("damaged")
    answers, (problem,) = evaluation.ask_all([published], "other", TEXTS)
    assert answers == {}
    assert problem.startswith("LSTM left out: ")


def test_reloaded_elsewhere_a_model_must_answer_as_it_does_here(tiny, tmp_path, monkeypatch):
    files = [tmp_path / "one.keras", tmp_path / "two.keras"]
    loaded = {}
    for file in files:
        tiny.save(file)
        loaded[file] = models.load(file)
    texts = ["A good film.", "Naïve “quotes” and\nnew lines"]
    runs, run = [], subprocess.run
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: runs.append(run(*a, **k)) or runs[-1])
    there = evaluation.reload(loaded, texts)
    assert list(there) == files
    for file, model in loaded.items():
        assert there[file] == pytest.approx(model.predict_proba(texts), abs=1e-6)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: runs[0])  # a second start takes long
    loaded[files[1]].network.trainable_weights[-1].assign_add([0.1, 0.0])  # of the answer's bias
    with pytest.raises(ValueError, match=r"two\.keras does not answer"):
        evaluation.reload(loaded, texts)


def test_a_file_that_cannot_be_loaded_elsewhere_is_said(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(saved, "ASK", "import sys; sys.exit('damaged: ' + sys.argv[2])")
    with pytest.raises(RuntimeError, match=r"can.t load these models: damaged: .*broken\.keras"):
        evaluation.reload({tmp_path / "broken.keras": tiny}, ["A good film."])
