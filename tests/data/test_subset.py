import numpy as np
import pytest

from lib import data
from lib.data.dataset import Split


def test_classes_keep_their_share_and_the_other_parts_stay(dataset):
    half = data.subset(dataset, len(dataset.train) // 2)
    assert len(half.train) == len(dataset.train) // 2
    shares = [np.bincount(d.train.labels) / len(d.train) for d in (dataset, half)]
    assert shares[0] == pytest.approx(shares[1], abs=0.01)
    label = dict(zip(dataset.train.texts, dataset.train.labels, strict=True))
    assert all(label[t] == y for t, y in zip(half.train.texts, half.train.labels, strict=True))
    assert half.validation is dataset.validation
    assert half.test is dataset.test


def test_a_draw_is_known_by_its_fingerprint_and_the_smaller_is_in_the_larger(dataset):
    small, large, other = (data.subset(dataset, n, seed=s) for n, s in ((40, 1), (90, 1), (40, 2)))
    assert set(small.train.texts) < set(large.train.texts)
    assert set(small.train.texts) != set(other.train.texts)
    assert data.subset(dataset, 40, seed=1).train.texts == small.train.texts
    assert len({d.fingerprint for d in (dataset, small, large, other)}) == 4


def test_a_rare_class_is_not_lost(dataset):
    import dataclasses

    labels = np.zeros(len(dataset.train), int)
    labels[7] = 1
    rare = dataclasses.replace(dataset, train=Split(dataset.train.texts, labels))
    assert set(data.subset(rare, 5).train.labels) == {0, 1}


def test_a_class_without_a_text_is_no_hindrance(dataset):
    import dataclasses

    third = dataclasses.replace(dataset, label_names=("negative", "positive", "mixed"))
    assert len(data.subset(third, 10).train) == 10


@pytest.mark.parametrize("size", [0, 1, 10**6])
def test_sizes_that_cannot_be_drawn_are_refused(dataset, size):
    with pytest.raises(ValueError, match="can't be drawn"):
        data.subset(dataset, size)
