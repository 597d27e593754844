import numpy as np
import pytest

from lib.batches import BucketedBatches
from lib.sequences import SequenceVectorizer


def fitted(dataset):
    return SequenceVectorizer(vocabulary_size=400, max_length=80).fit(dataset.train.texts)


@pytest.fixture
def rows(dataset):
    return fitted(dataset).transform(dataset.train.texts)


def batches(dataset, rows, **options):
    options = {"classes": 2, "batch_size": 64, "seed": 3, **options}
    return BucketedBatches(rows, dataset.train.labels, fitted(dataset), **options)


def test_batches_hold_every_row_once_and_little_padding(dataset, rows):
    made = batches(dataset, rows)
    assert sorted(np.concatenate(made.batches)) == list(range(len(rows)))
    tokens = sum(len(row) for row in rows)
    bucketed = sum(made[i][0].size for i in range(len(made)))
    padded_to_the_longest = len(rows) * max(len(row) for row in rows)
    assert bucketed < 1.25 * tokens < padded_to_the_longest


def test_batches_match_labels_and_depend_on_the_epoch_only(dataset, rows):
    one, two = batches(dataset, rows), batches(dataset, rows)
    ids, targets = one[5]
    for line, target, chosen in zip(ids, targets, one.batches[5], strict=True):
        assert line[: len(rows[chosen])].tolist() == rows[chosen].tolist()
        assert target.argmax() == dataset.train.labels[chosen]
    one.start_epoch(1)
    assert not all(np.array_equal(a, b) for a, b in zip(one.batches, two.batches, strict=True))
    two.start_epoch(4)
    two.start_epoch(1)
    assert all(np.array_equal(a, b) for a, b in zip(one.batches, two.batches, strict=True))


def test_keras_learns_that_lengths_differ_however_batches_fall(dataset):
    """With the first two batches of one length, Keras would refuse the others."""
    vectorizer = fitted(dataset)
    rows = [np.full(80, 5, "int32")] * 500 + [np.full(n, 7, "int32") for n in range(1, 81)]
    labels = np.arange(len(rows)) % 2
    for epoch in range(5):
        for shuffle in (True, False):
            made = BucketedBatches(
                rows, labels, vectorizer, classes=2, batch_size=16, shuffle=shuffle
            )
            made.start_epoch(epoch)
            assert made[0][0].shape[1] < made[1][0].shape[1]
            assert sorted(np.concatenate(made.batches)) == list(range(len(rows)))
    single = BucketedBatches(rows[:4], labels[:4], vectorizer, classes=2, batch_size=16)
    assert len(single) == 1
