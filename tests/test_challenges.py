import numpy as np
import pytest

from lib import challenges, classifier, results

TEXTS = ["a good film", "a bad film", "no known word at all, zzz"]


@pytest.fixture
def published(run):
    return results.read(run)


def test_the_model_is_asked_once(published, tiny, monkeypatch):
    first = challenges.answers(published, "some", TEXTS)
    assert np.allclose(first, tiny.predict_proba(TEXTS), atol=1e-3)
    monkeypatch.setattr(classifier, "load", lambda path: pytest.fail("asked again"))
    assert np.array_equal(challenges.answers(published, "some", TEXTS), first)


def test_other_texts_and_a_newer_run_are_asked_anew(published, monkeypatch):
    challenges.answers(published, "some", TEXTS)
    asked = []
    load = classifier.load
    monkeypatch.setattr(classifier, "load", lambda path: asked.append(path) or load(path))
    assert challenges.answers(published, "some", TEXTS[:2]).shape == (2, 2)
    published.metrics["created"] = "2000-01-01T00:00:00+00:00"
    challenges.answers(published, "some", TEXTS[:2])
    assert len(asked) == 2


def test_without_answers_and_without_a_file_there_is_nothing(published, run):
    published.model_file.unlink()
    assert challenges.answers(results.read(run), "x", TEXTS) is None


def test_a_model_that_can_not_be_loaded_is_named_and_left_out(published, run):
    found, problems = challenges.all_answers([published], "some", TEXTS)
    assert list(found) == ["LSTM"]
    assert problems == []
    published.model_file.write_text("damaged")
    found, (problem,) = challenges.all_answers([published], "other", TEXTS)
    assert found == {}
    assert problem.startswith("LSTM left out: ")
