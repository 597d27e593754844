import numpy as np
import pytest
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression

from lib import training
from lib.training.blend import shares


@pytest.fixture
def labelled():
    rng = np.random.default_rng(0)
    labels = rng.integers(3, size=600)
    clear = 2 * np.eye(3)[labels] + rng.normal(size=(600, 3))
    return labels, clear, rng


def loss(share, logits, labels):
    log_p = log_softmax(np.tensordot(share, logits, 1), axis=1)
    return -log_p[np.arange(len(labels)), labels].mean()


def test_shares_are_the_best_there_are(labelled):
    labels, clear, rng = labelled
    blurred = clear + 2 * rng.normal(size=clear.shape)
    logits = np.stack([clear, blurred])
    found = shares(logits, labels)
    best = loss(found, logits, labels)
    for step in (-0.05, 0.05):
        assert loss([found[0] + step, found[1]], logits, labels) > best
    assert found[0] > found[1] >= 0


def test_two_classes_are_a_logistic_regression_on_the_differences():
    rng = np.random.default_rng(1)
    labels = rng.integers(2, size=800)
    logits = (2 * labels - 1)[:, None] * [0.8, 0.5] + rng.normal(size=(800, 2))
    both = np.stack([np.stack([-c / 2, c / 2], axis=1) for c in logits.T])
    plain = LogisticRegression(C=1e9, fit_intercept=False).fit(logits, labels)
    assert shares(both, labels) == pytest.approx(plain.coef_[0], abs=1e-2)


def test_a_member_that_adds_nothing_gets_no_share(labelled):
    labels, clear, rng = labelled
    found = shares(np.stack([clear, -clear + rng.normal(size=clear.shape)]), labels)
    assert found[1] == pytest.approx(0, abs=0.05)


def test_only_the_validation_part_is_read(dataset, tiny):
    class Watched:
        def __init__(self, model):
            self.model, self.asked = model, []

        def __getattr__(self, name):
            return getattr(self.model, name)

        def predict_logits(self, texts):
            self.asked.append(texts)
            return self.model.predict_logits(texts)

    watched = Watched(tiny)
    assert len(training.blend([watched], dataset).shares) == 1
    assert watched.asked == [dataset.validation.texts]
