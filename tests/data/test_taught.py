import numpy as np
import pytest

from lib import data, models, training

SMALL = {"max_features": 3_000, "units": 8, "bag_dropout": 0.0, "dropout": 0.0}
QUICK = {"epochs": 8, "ema_momentum": 0.0, "label_smoothing": 0.0, "batch_size": 32}
QUICK |= {"learning_rate": 1e-2, "patience": 9}


def answers(n, seed=0):
    p = np.random.default_rng(seed).uniform(0.01, 0.99, size=n)
    return np.stack([p, 1 - p], axis=1)


def test_targets_are_the_softened_answer_and_the_label_in_their_shares(dataset):
    given = answers(len(dataset.train))
    as_they_are = data.taught(dataset, given).train
    assert as_they_are.targets == pytest.approx(given, abs=1e-6)
    assert as_they_are.texts == dataset.train.texts
    soft = data.taught(dataset, given, temperature=2.0).train.targets
    odds = given[:, 0] / given[:, 1]
    assert soft[:, 0] / soft[:, 1] == pytest.approx(np.sqrt(odds), rel=1e-4)
    half = data.taught(dataset, given, share=0.5).train.targets
    assert half == pytest.approx((given + np.eye(2)[dataset.train.labels]) / 2, abs=1e-6)


def test_further_texts_have_the_teachers_answer_alone(dataset):
    n, more = len(dataset.train), ["a fine film", "no"]
    given = answers(n + 2)
    found = data.taught(dataset, given, share=0.0, texts=more)
    assert found.train.texts[-2:] == more
    assert found.train.targets[-2:] == pytest.approx(given[-2:], abs=1e-6)
    assert found.train.labels[-2:].tolist() == given[-2:].argmax(axis=1).tolist()
    assert found.validation is dataset.validation
    assert found.test is dataset.test


def test_every_lesson_has_a_fingerprint_of_its_own(dataset):
    n = len(dataset.train)
    taught = [
        data.taught(dataset, answers(n)),
        data.taught(dataset, answers(n, seed=1)),
        data.taught(dataset, answers(n), temperature=2.0),
        data.taught(dataset, answers(n + 1), texts=["x"]),
        data.taught(dataset, answers(n + 1), texts=["y"]),
    ]
    assert len({d.fingerprint for d in (dataset, *taught)}) == 6
    assert data.taught(dataset, answers(n)).fingerprint == taught[0].fingerprint


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"answers": answers(3)}, "can't be taught"),
        ({"answers": "logits"}, "no probabilities"),
        ({"temperature": 0}, "above 0"),
        ({"share": 1.5}, "between 0 and 1"),
    ],
)
def test_what_is_no_answer_is_refused(dataset, change, match):
    given = change.pop("answers", answers(len(dataset.train)))
    given = 3 * answers(len(dataset.train)) if isinstance(given, str) else given
    with pytest.raises(ValueError, match=match):
        data.taught(dataset, given, **change)


def test_a_network_learns_what_the_teacher_says_and_not_the_labels(dataset, workspace):
    """A teacher who says the opposite of every label."""
    lies = np.eye(2)[1 - dataset.train.labels]
    model = models.build("ffnn", dataset, **SMALL)
    history = training.fit(model, data.taught(dataset, lies), reuse=False, verbose=False, **QUICK)
    assert history.record["history"]["accuracy"][-1] > 0.9
    assert history.record["history"]["val_accuracy"][-1] < 0.3


def test_a_linear_baseline_can_not_be_taught(dataset, workspace):
    model = models.build("tfidf_lr", dataset, max_features=300)
    with pytest.raises(ValueError, match="learns labels"):
        training.fit(model, data.taught(dataset, answers(len(dataset.train))))
