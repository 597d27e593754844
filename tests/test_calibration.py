import numpy as np
import pytest
from scipy.special import softmax

from lib import calibration, evaluation


@pytest.fixture
def drawn():
    """Labels drawn from known probabilities, and the answers of a model three times too sure."""
    random = np.random.default_rng(0)
    logits = random.normal(size=(20_000, 3))
    true = softmax(logits, axis=1)
    labels = (random.random((len(true), 1)) > true.cumsum(axis=1)).sum(axis=1)
    return labels, true, softmax(3 * logits, axis=1)


def test_temperature_finds_how_much_too_sure_a_model_is(drawn):
    labels, true, sure = drawn
    assert calibration.fit_temperature(labels, sure) == pytest.approx(3, abs=0.15)
    assert calibration.fit_temperature(labels, true) == pytest.approx(1, abs=0.05)


def test_scaling_calibrates_and_keeps_the_answers(drawn):
    labels, true, sure = drawn
    scaled = calibration.scale(sure, 3.0)
    assert np.allclose(scaled, true, atol=1e-6)
    assert (scaled.argmax(axis=1) == sure.argmax(axis=1)).all()
    before, after = (evaluation.calibration_error(labels, p) for p in (sure, scaled))
    assert after < 0.02 < 0.1 < before


def test_a_probability_of_zero_is_no_trouble():
    certain = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    assert np.isfinite(calibration.fit_temperature(np.array([0, 1, 1]), certain))


@pytest.mark.parametrize("shape", [(0, 2), (3, 2), (2,)])
def test_shapes_that_do_not_fit_are_refused(shape):
    with pytest.raises(ValueError, match="don't fit"):
        calibration.fit_temperature(np.zeros(2 if shape != (0, 2) else 0, int), np.ones(shape))
