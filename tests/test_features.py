import numpy as np
import pytest
from conftest import write_encoder

from lib import paths, recipes, training
from lib.features import HeadOnFeatures


@pytest.fixture
def frozen(workspace, wordpieces, dataset):
    write_encoder(paths.pretrained_dir("small"), "bert", wordpieces)
    text, options = {"max_length": 16}, {"units": 8, "dropout": 0.0}
    return recipes.encoder_classifier(dataset, "small", text=text, options=options)


def test_head_on_features_answers_as_the_whole(frozen, dataset):
    head = HeadOnFeatures(frozen)
    texts = dataset.test.texts[:20]
    logits = head.network(head.collate(list(head.transform(texts))))
    assert np.allclose(logits, frozen.predict_logits(texts), atol=1e-5)


def test_other_states_are_other_features(frozen, dataset):
    both = recipes.encoder_classifier(
        dataset, "small", text={"max_length": 16}, options={"units": 8, "concatenated": 2}
    )
    one, two = (HeadOnFeatures(model).transform(["a good film"]) for model in (frozen, both))
    assert two.shape[1] == 2 * one.shape[1]


def test_features_are_computed_once(frozen, dataset, monkeypatch):
    head = HeadOnFeatures(frozen)
    first = head.transform(dataset.test.texts[:20])
    monkeypatch.setattr(head, "encoder", None)  # may not be asked again
    assert np.array_equal(head.transform(dataset.test.texts[:20]), first)
    with pytest.raises(AttributeError):
        head.transform(dataset.test.texts[:19])


def test_training_the_head_trains_the_classifier(frozen, dataset):
    before = [w.numpy() for w in frozen.network.weights]
    head = HeadOnFeatures(frozen)
    run = training.train(head, dataset, name="head", epochs=4, learning_rate=2e-2, verbose=0)
    history, best = run["history"], run["best_epoch"] - 1
    validation = dataset.validation
    right = frozen.predict_proba(validation.texts).argmax(axis=1) == validation.labels
    assert right.mean() == pytest.approx(history["val_accuracy"][best], abs=0.02)  # rounded since
    after = [w.numpy() for w in frozen.network.weights]
    changed = [not np.array_equal(a, b) for a, b in zip(before, after, strict=True)]
    in_head = [w.path.split("/")[0] in ("hidden", "logits") for w in frozen.network.weights]
    assert changed == in_head
