import numpy as np
import pytest

from lib import data, models, paths, training
from lib.training import frozen_features


@pytest.fixture
def frozen(checkpoint, dataset):
    options = {"max_length": 16, "units": 8, "dropout": 0.0}
    return models.build("encoder", dataset, pretrained="small", **options)


def test_the_head_on_features_answers_as_the_whole(frozen, dataset):
    texts = dataset.test.texts[:20]
    logits = frozen_features.head(frozen)(frozen_features.compute(frozen, texts))
    assert np.allclose(logits, frozen.predict_logits(texts), atol=1e-5)


def test_features_are_computed_once(frozen, dataset, monkeypatch):
    first = frozen_features.compute(frozen, dataset.test.texts[:20])
    assert first.dtype == np.float32
    monkeypatch.setattr(frozen_features, "predict_rows", None)  # may not be asked again
    assert np.array_equal(frozen_features.compute(frozen, dataset.test.texts[:20]), first)
    with pytest.raises(TypeError):
        frozen_features.compute(frozen, dataset.test.texts[:19])


@pytest.mark.parametrize(
    "other",
    [
        {"concatenated": 2},
        {"pooling": "first"},
        {"sha256": "0" * 64},
    ],
)
def test_what_made_them_is_in_their_key(frozen, dataset, monkeypatch, other):
    """Weights were not: features of another encoder of that name were taken."""
    texts = dataset.test.texts[:3]
    frozen_features.compute(frozen, texts)
    frozen.options |= other
    monkeypatch.setattr(frozen_features, "predict_rows", lambda *_, **__: np.zeros((3, 1)))
    assert not frozen_features.compute(frozen, texts).any()


def test_arithmetic_is_in_their_key(checkpoint, dataset):
    half = models.build(
        "encoder", dataset, pretrained="small", max_length=9, dtype="mixed_bfloat16"
    )
    before = frozen_features.compute(half, dataset.test.texts[:3])
    half.round_weights()  # from here on it answers in float32
    after = frozen_features.compute(half, dataset.test.texts[:3])
    assert 0 < np.abs(after - before).max() < 0.1


def test_the_layers_behind_the_encoder_are_no_part_of_it(frozen, dataset, monkeypatch):
    texts = dataset.test.texts[:3]
    first = frozen_features.compute(frozen, texts)
    frozen.options |= {"units": 99, "dropout": 0.9}
    monkeypatch.setattr(frozen_features, "predict_rows", None)
    assert np.array_equal(frozen_features.compute(frozen, texts), first)


def test_a_run_takes_the_time_that_its_features_took(frozen, dataset):
    texts = dataset.train.texts[:5]
    _, saved = frozen_features.timed(frozen, texts)
    assert saved == 0
    (path,) = paths.cache_dir().glob("features-*.npz")
    with np.load(path) as stored:
        assert stored["seconds"] > 0
    few = data.subset(dataset, 20)
    options = {"epochs": 1, "reuse": False, "verbose": False}
    first = training.fit(frozen, few, **options)
    first.clear()  # or it would count as trained
    quick = first.record["seconds"]
    for file in paths.cache_dir().glob("features-*.npz"):  # as if a slow machine had made them
        with np.load(file) as stored:
            np.savez(file, features=stored["features"], seconds=500.0)
    assert frozen_features.timed(frozen, texts)[1] == 500
    again = training.fit(frozen, few, **options).record["seconds"]
    assert again > 1_000 > quick  # of the train and of the validation part
