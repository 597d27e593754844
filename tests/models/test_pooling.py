import numpy as np
import pytest

from lib.models.pooling import AttentionPooling1D, DynamicKMaxPooling1D, MaskedMaxPooling1D

LENGTHS = np.array([3, 1], "int32")
MASK = np.arange(4) < LENGTHS[:, None]
VECTORS = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("float32")


def test_masked_max_pooling_against_numpy():
    lengths = np.array([3, 1])
    mask = np.arange(4) < lengths[:, None]
    expected = np.stack([v[:n].max(axis=0) for v, n in zip(VECTORS, lengths, strict=True)])
    assert np.allclose(MaskedMaxPooling1D()(VECTORS, mask=mask), expected)


def test_masked_max_pooling_never_picks_padding():
    negative = -np.abs(VECTORS) - 1
    negative[:, 2:] = 100.0
    mask = np.array([[True, True, False, False]] * 2)
    assert (np.asarray(MaskedMaxPooling1D()(negative, mask=mask)) < 0).all()
    assert (np.asarray(MaskedMaxPooling1D()(negative, mask=np.zeros((2, 4), bool))) == 0).all()


def k_max_by_hand(vectors, length, sentence, *, level, levels, top):
    """Dynamic k-max pooling of one text, from Kalchbrenner et al. (2014), equation 5."""
    k = min(max(top, int(np.ceil((levels - level) / levels * sentence))), length)
    largest = np.argsort(-vectors[:length], axis=0, kind="stable")[:k]
    return np.take_along_axis(vectors, np.sort(largest, axis=0), axis=0)


@pytest.mark.parametrize(("level", "levels", "top"), [(1, 2, 4), (2, 2, 4), (1, 3, 1), (2, 3, 2)])
def test_dynamic_k_max_pooling_against_numpy(level, levels, top):
    draw = np.random.default_rng(level)
    sentences = np.array([1, 2, 5, 30, 17, 8], "int32")
    lengths = sentences + 3  # as after a wide convolution over four words
    time = lengths.max() + 2
    vectors = draw.normal(size=(len(lengths), time, 5)).round(1).astype("float32")  # with ties
    mask = np.arange(time) < lengths[:, None]
    vectors[~mask] = 100.0  # would be chosen, were padding read
    layer = DynamicKMaxPooling1D(level=level, levels=levels, top=top)
    pooled, chosen = (np.asarray(x) for x in layer(vectors, mask=mask, lengths=sentences))
    for row, (length, sentence) in enumerate(zip(lengths, sentences, strict=True)):
        by_hand = k_max_by_hand(vectors[row], length, sentence, level=level, levels=levels, top=top)
        assert chosen[row].sum() == len(by_hand)
        assert np.array_equal(pooled[row][: len(by_hand)], by_hand)
        assert not pooled[row][len(by_hand) :].any()


def test_dynamic_k_max_pooling_of_less_than_k_steps():
    layer = DynamicKMaxPooling1D(level=2, levels=2, top=4)
    mask = np.array([[True, True], [True, False]])
    pooled, chosen = layer(VECTORS[:, :2], mask=mask, lengths=np.array([2, 1], "int32"))
    assert np.array_equal(chosen, [[True, True, False, False], [True, False, False, False]])
    assert np.array_equal(np.asarray(pooled)[0, :2], VECTORS[0, :2])
    assert np.array_equal(np.asarray(pooled)[1, :1], VECTORS[1, :1])


def test_attention_pooling_against_numpy():
    layer = AttentionPooling1D()
    pooled = np.asarray(layer(VECTORS, mask=MASK))
    scores = VECTORS @ layer.get_weights()[0][:, 0]
    for row, length in enumerate(LENGTHS):
        exponentials = np.exp(scores[row, :length])
        weights = exponentials / exponentials.sum()
        assert np.allclose(pooled[row], weights @ VECTORS[row, :length], atol=1e-6)
        over_time = np.asarray(layer.weights_over_time(VECTORS, MASK))[row]
        assert np.allclose(over_time[:length], weights, atol=1e-6)
        assert (over_time[length:] == 0).all()
