import keras
import numpy as np
import pytest

from lib.models.batches import BucketedBatches
from lib.text import SequenceVectorizer


@pytest.fixture(scope="module")
def vectorizer(dataset):
    return SequenceVectorizer(vocabulary_size=400, max_length=80).fit(dataset.train.texts)


@pytest.fixture(scope="module")
def rows(dataset, vectorizer):
    return vectorizer.transform(dataset.train.texts)


def batches(dataset, rows, vectorizer):
    targets = np.eye(2)[dataset.train.labels]
    return BucketedBatches(rows, targets, vectorizer.collate, batch_size=64, seed=3)


def test_batches_hold_every_row_once_and_little_padding(dataset, rows, vectorizer):
    made = batches(dataset, rows, vectorizer)
    assert sorted(np.concatenate(made.batches)) == list(range(len(rows)))
    tokens = sum(len(row) for row in rows)
    bucketed = sum(made[i][0].size for i in range(len(made)))
    padded_to_the_longest = len(rows) * max(len(row) for row in rows)
    assert bucketed < 1.25 * tokens < padded_to_the_longest


def test_batches_match_labels_and_depend_on_the_epoch_only(dataset, rows, vectorizer):
    one, two = batches(dataset, rows, vectorizer), batches(dataset, rows, vectorizer)
    ids, targets = one[5]
    for line, target, chosen in zip(ids, targets, one.batches[5], strict=True):
        assert line[: len(rows[chosen])].tolist() == rows[chosen].tolist()
        assert target.argmax() == dataset.train.labels[chosen]
    one.start_epoch(1)
    assert not all(np.array_equal(a, b) for a, b in zip(one.batches, two.batches, strict=True))
    two.start_epoch(4)
    two.start_epoch(1)
    assert all(np.array_equal(a, b) for a, b in zip(one.batches, two.batches, strict=True))


def test_keras_gets_the_batches_in_their_order(dataset, rows, vectorizer):
    """Keras would shuffle them again, by a state that all of the process shares."""
    made = batches(dataset, rows, vectorizer)
    expected = []
    for epoch in range(2):
        made.start_epoch(epoch)
        expected += [made[i][0].shape for i in range(len(made))]
    seen = []

    class Watch(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(2)

        def call(self, ids):
            seen.append(tuple(ids.shape))
            return self.dense(keras.ops.cast(ids[:, :1], "float32"))

    watch = Watch()
    watch.compile("sgd", "mse", run_eagerly=True)
    start = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, _: made.start_epoch(epoch))
    watch.fit(made, epochs=2, shuffle=False, callbacks=[start], verbose=0)
    assert seen[-len(expected) :] == expected


def test_keras_learns_that_lengths_differ_however_batches_fall(vectorizer):
    """With the first two batches of one length, Keras would refuse the others."""
    rows = [np.full(80, 5, "int32")] * 500 + [np.full(n, 7, "int32") for n in range(1, 81)]
    labels = np.arange(len(rows)) % 2
    for epoch in range(5):
        for shuffle in (True, False):
            made = BucketedBatches(rows, labels, vectorizer.collate, batch_size=16, shuffle=shuffle)
            made.start_epoch(epoch)
            assert made[0][0].shape[1] < made[1][0].shape[1]
            assert sorted(np.concatenate(made.batches)) == list(range(len(rows)))
    single = BucketedBatches(rows[:4], labels[:4], vectorizer.collate, batch_size=16)
    assert len(single) == 1


def test_sample_weights_go_with_their_rows(vectorizer):
    rows = [np.full(n, n, "int32") for n in range(1, 9)]
    labels = np.zeros(8, int)
    weights = np.arange(1, 9)
    made = BucketedBatches(rows, labels, vectorizer.collate, batch_size=3, sample_weight=weights)
    for index in range(len(made)):
        ids, _, weight = made[index]
        assert ids[:, 0].tolist() == weight.tolist()
