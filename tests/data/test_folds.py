import dataclasses
import os

import numpy as np
import pytest

from lib import data
from lib.data import imdb


def test_every_text_validates_once_and_none_is_in_two_parts(dataset):
    everything = sorted([*dataset.train.texts, *dataset.validation.texts])
    made = list(data.folds(dataset))
    assert len(made) == 5
    assert sorted(text for fold in made for text in fold.validation.texts) == everything
    label = dict(zip(dataset.train.texts, dataset.train.labels, strict=True))
    for fold in made:
        assert sorted([*fold.train.texts, *fold.validation.texts]) == everything
        known = [
            (t, y) for t, y in zip(fold.train.texts, fold.train.labels, strict=True) if t in label
        ]
        assert all(label[text] == y for text, y in known)
        assert fold.test is dataset.test
    assert len({fold.fingerprint for fold in made}) == 5


def test_the_shipped_blocks_are_those_of_the_validation_part():
    stored = imdb.hashes()
    assert stored["tenths"].shape == stored["train"].shape
    assert np.bincount(stored["tenths"]) == pytest.approx(2500, rel=0.01)
    last = stored["train"][stored["tenths"] == 9]
    assert set(last.tolist()) == set(stored["validation"].tolist())


def test_what_has_no_films_and_counts_that_do_not_fit_are_refused(dataset):
    with pytest.raises(ValueError, match="2, 5 or 10"):
        list(data.folds(dataset, count=3))
    with pytest.raises(ValueError, match="not what belongs together in tweets"):
        list(data.folds(dataclasses.replace(dataset, name="tweets")))


@pytest.mark.skipif(not os.environ.get("DATA_DIR"), reason="needs the real reviews")
def test_the_last_of_ten_folds_is_the_validation_part(monkeypatch):
    monkeypatch.setenv("PROFILE", "full")
    real = data.load("imdb")
    last = list(data.folds(real, count=10))[-1]
    assert set(last.validation.texts) == set(real.validation.texts)
