import numpy as np
import pytest

from lib import ensemble


def member(labels, right, seed):
    """Probabilities that favour the right class in that share of the texts."""
    hit = np.random.default_rng(seed).random(len(labels)) < right
    positive = np.where(hit == (labels == 1), 0.8, 0.2)
    return np.stack([1 - positive, positive], axis=1)


@pytest.fixture
def labels():
    return np.random.default_rng(9).integers(0, 2, 4_000)


def test_equal_members_get_equal_weights_and_a_coin_gets_none(labels):
    members = [member(labels, 0.8, 1), member(labels, 0.8, 2), member(labels, 0.5, 3)]
    weights = ensemble.fit_weights(labels, members)
    assert weights.sum() == pytest.approx(1)
    assert weights.min() >= 0
    assert weights[0] == pytest.approx(weights[1], abs=0.1)
    assert weights[2] < 0.05


def test_weights_are_the_best_on_a_grid(labels):
    members = [member(labels, 0.85, 1), member(labels, 0.7, 2)]
    weights = ensemble.fit_weights(labels, members)

    def loss(first):
        mixed = ensemble.average(members, [first, 1 - first])
        return -np.log(mixed[np.arange(len(labels)), labels]).mean()

    best = min(np.linspace(0, 1, 101), key=loss)
    assert weights[0] == pytest.approx(best, abs=0.011)


def test_the_average_of_independent_members_is_better_than_each(labels):
    members = [member(labels, 0.8, seed) for seed in range(5)]
    mixed = ensemble.average(members, ensemble.fit_weights(labels, members))
    assert mixed.shape == (len(labels), 2)
    assert np.allclose(mixed.sum(axis=1), 1)
    assert (mixed.argmax(axis=1) == labels).mean() > 0.88


def test_one_member_is_itself_and_none_is_refused(labels):
    alone = member(labels, 0.8, 1)
    assert ensemble.fit_weights(labels, [alone]).tolist() == [1.0]
    with pytest.raises(ValueError, match="needs a member"):
        ensemble.fit_weights(labels, [])
