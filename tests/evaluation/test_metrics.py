import numpy as np
import pytest
from scipy import stats
from scipy.special import softmax
from sklearn import metrics

from lib import evaluation

DRAW = np.random.default_rng(0)
LABELS = DRAW.integers(0, 2, 400)
POSITIVE = np.clip(LABELS * 0.4 + DRAW.uniform(0, 0.6, 400), 0.001, 0.999)
PROBABILITIES = np.stack([1 - POSITIVE, POSITIVE], axis=1)


def test_binary_metrics_are_those_of_scikit_learn():
    found = evaluation.evaluate(LABELS, PROBABILITIES)
    predicted = POSITIVE > 0.5
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(LABELS, predicted))
    assert found["f1"] == pytest.approx(metrics.f1_score(LABELS, predicted))
    assert found["auc"] == pytest.approx(metrics.roc_auc_score(LABELS, POSITIVE))
    assert found["brier"] == pytest.approx(metrics.brier_score_loss(LABELS, POSITIVE))
    assert found["loss"] == pytest.approx(metrics.log_loss(LABELS, POSITIVE))
    assert np.sum(found["confusion"]) == 400
    low, high = found["accuracy_ci95"]
    assert low < found["accuracy"] < high


def test_many_classes_are_macro_averaged():
    labels = DRAW.integers(0, 4, 300)
    probabilities = DRAW.dirichlet(np.ones(4), 300)
    found = evaluation.evaluate(labels, probabilities)
    predicted = probabilities.argmax(axis=1)
    assert found["f1"] == pytest.approx(metrics.f1_score(labels, predicted, average="macro"))
    one_hot = np.eye(4)[labels]
    assert found["brier"] == pytest.approx(((probabilities - one_hot) ** 2).sum(axis=1).mean())


def test_interval_covers_the_truth_about_95_times_in_100():
    covered = 0
    for _ in range(400):
        right = DRAW.random(200) < 0.9
        low, high = evaluation.accuracy_interval(np.ones(200), right.astype(int))
        covered += low <= 0.9 <= high
    assert 0.92 <= covered / 400 <= 0.98


def test_calibration_error_by_hand():
    labels = np.array([1, 1, 1, 0])
    positive = np.array([0.9, 0.9, 0.9, 0.9])  # says 0.9, is right in 0.75
    error = evaluation.calibration_error(labels, np.stack([1 - positive, positive], axis=1))
    assert error == pytest.approx(0.15)


def test_perfect_calibration_has_no_error():
    confidence = DRAW.uniform(0.5, 1, 200_000)
    labels = (DRAW.random(200_000) < confidence).astype(int)
    error = evaluation.calibration_error(labels, np.stack([1 - confidence, confidence], axis=1))
    assert error < 0.005


def test_bins_of_a_reliability_diagram():
    labels, positive = np.array([1, 0, 1]), np.array([0.9, 0.8, 1.0])
    bins = evaluation.reliability(labels, np.stack([1 - positive, positive], axis=1), bins=10)
    assert bins[:8].sum() == 0
    assert bins[8:] == pytest.approx(np.array([[1, 0.8, 0], [2, 0.95, 1]]))


@pytest.fixture(scope="module")
def drawn():
    """Labels drawn from known probabilities, and the answers of a model three times too sure."""
    random = np.random.default_rng(0)
    logits = random.normal(size=(20_000, 3))
    true = softmax(logits, axis=1)
    labels = (random.random((len(true), 1)) > true.cumsum(axis=1)).sum(axis=1)
    return labels, true, softmax(3 * logits, axis=1)


def test_temperature_finds_how_much_too_sure_a_model_is(drawn):
    labels, true, sure = drawn
    assert evaluation.fit_temperature(labels, sure) == pytest.approx(3, abs=0.15)
    assert evaluation.fit_temperature(labels, true) == pytest.approx(1, abs=0.05)


def test_scaling_calibrates_and_keeps_the_answers(drawn):
    labels, true, sure = drawn
    scaled = evaluation.scale(sure, 3.0)
    assert np.allclose(scaled, true, atol=1e-6)
    assert (scaled.argmax(axis=1) == sure.argmax(axis=1)).all()
    before, after = (evaluation.calibration_error(labels, p) for p in (sure, scaled))
    assert after < 0.02 < 0.1 < before


def test_a_probability_of_zero_is_no_trouble():
    certain = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    assert np.isfinite(evaluation.fit_temperature(np.array([0, 1, 1]), certain))


@pytest.mark.parametrize("shape", [(0, 2), (3, 2), (2,)])
def test_shapes_that_do_not_fit_are_refused(shape):
    labels = np.zeros(2 if shape != (0, 2) else 0, int)
    for measure in (evaluation.fit_temperature, evaluation.evaluate):
        with pytest.raises(ValueError, match="don't fit"):
            measure(labels, np.ones(shape))


def test_what_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="not finite"):
        evaluation.evaluate(LABELS, np.full((400, 2), np.nan))


def test_mcnemar_against_the_binomial():
    labels = np.ones(100, int)
    a, b = labels.copy(), labels.copy()
    a[:5] = 0
    b[5:25] = 0
    found = evaluation.mcnemar(labels, a, b)
    assert (found["only_a"], found["only_b"]) == (20, 5)
    assert found["p_value"] == pytest.approx(2 * stats.binom.cdf(5, 25, 0.5))
    assert evaluation.mcnemar(labels, a, a)["p_value"] == 1.0


def test_bootstrap_of_the_difference():
    labels = np.ones(1000, int)
    a, b = labels.copy(), labels.copy()
    a[:50], b[:100] = 0, 0
    found = evaluation.paired_bootstrap(labels, a, b)
    assert found["difference"] == pytest.approx(0.05)
    error = 1.96 * np.sqrt(0.05 * 0.95 / 1000)
    assert found["ci95"] == pytest.approx([0.05 - error, 0.05 + error], abs=0.003)
    assert found == evaluation.paired_bootstrap(labels, a, b)
