import keras
import numpy as np
import pytest

from lib.bert import EncoderBlock
from lib.layers import (
    AttentionPooling1D,
    DynamicKMaxPooling1D,
    MaskedMaxPooling1D,
    PositionEmbedding,
    SparseDense,
    WordDropout,
)

IDS = np.array([[3, 4, 5, 0], [6, 0, 0, 0]], "int32")
MASK = IDS != 0
LENGTHS = MASK.sum(axis=1).astype("int32")
VECTORS = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("float32")
VALUES = np.array([[1, 0.5, 2, 0], [3, 0, 0, 0]], "float32")
CASES = [
    (WordDropout(0.5, seed=1), [IDS], (2, 4)),
    (MaskedMaxPooling1D(), [VECTORS, MASK], (2, 3)),
    (DynamicKMaxPooling1D(level=2, levels=2, top=2), [VECTORS, MASK, LENGTHS], (2, 2, 3)),
    (DynamicKMaxPooling1D(level=1, levels=2, top=1), [VECTORS, MASK, LENGTHS], (2, 2, 3)),
    (AttentionPooling1D(), [VECTORS, MASK], (2, 3)),
    (PositionEmbedding(5), [VECTORS], (2, 4, 3)),
    (EncoderBlock(3, 7, dropout=0.1), [VECTORS, MASK], (2, 4, 3)),
    (SparseDense(8, 5), [IDS, VALUES], (2, 5)),
]


@pytest.mark.parametrize(("layer", "inputs", "shape"), CASES, ids=lambda x: type(x).__name__)
def test_contract(layer, inputs, shape, tmp_path):
    """Shape, config round trip, save and reload in one file, one training step."""
    tensors = [keras.Input((None, *x.shape[2:])[: x.ndim - 1], dtype=str(x.dtype)) for x in inputs]
    output = first(layer(*tensors))
    assert len(output.shape) == len(shape)
    assert output.dtype == first(layer(*inputs)).dtype
    assert all(n in (None, m) for n, m in zip(output.shape, shape, strict=True))
    assert first(layer(*inputs)).shape == shape
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()

    model = keras.Model(tensors, output)
    before = model.predict_on_batch(inputs)
    assert before.shape == shape
    model.save(tmp_path / "layer.keras")
    again = keras.models.load_model(tmp_path / "layer.keras")
    assert np.allclose(again.predict_on_batch(inputs), before, atol=1e-6)

    features = output
    if output.dtype != "float32":
        features = keras.layers.Embedding(10, 2)(output)
    if len(features.shape) == 3:
        features = keras.layers.GlobalAveragePooling1D()(features)
    trained = keras.Model(tensors, keras.layers.Dense(1)(features))
    trained.compile("sgd", "mse")
    weights = [w.copy() for w in trained.get_weights()]
    assert np.isfinite(trained.train_on_batch(inputs, np.ones((2, 1))))
    changed = [
        not np.array_equal(*pair) for pair in zip(weights, trained.get_weights(), strict=True)
    ]
    assert all(changed[: len(layer.trainable_weights)])
    assert changed[-2]


def first(output):
    return output[0] if isinstance(output, tuple | list) else output


def test_word_dropout_replaces_words_in_training_only():
    layer = WordDropout(0.5, seed=0)
    ids = np.tile(np.array([[7, 8, 9, 0]], "int32"), (500, 1))
    assert np.array_equal(layer(ids, training=False), ids)
    dropped = np.asarray(layer(ids, training=True))
    assert (dropped[:, 3] == 0).all()
    assert set(np.unique(dropped[:, :3])) == {1, 7, 8, 9}
    assert (dropped[:, :3] == 1).mean() == pytest.approx(0.5, abs=0.05)


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


def test_sparse_dense_is_a_dense_layer_on_the_bag():
    layer = SparseDense(8, 5)
    layer.build((2, 4), (2, 4))
    layer.bias.assign(np.arange(5))
    bag = np.zeros((2, 9), "float32")
    for row in range(2):
        np.add.at(bag[row], IDS[row], VALUES[row])
    kernel, bias = layer.get_weights()
    assert np.allclose(layer(IDS, VALUES), bag @ kernel + bias, atol=1e-6)


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


def test_position_embedding_adds_a_vector_per_position():
    layer = PositionEmbedding(5)
    added = np.asarray(layer(VECTORS)) - VECTORS
    assert np.allclose(added[0], added[1], atol=1e-6)
    assert np.allclose(added[0], layer.get_weights()[0][:4], atol=1e-6)
