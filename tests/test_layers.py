import keras
import numpy as np
import pytest

from lib.layers import MaskedMaxPooling1D, SparseDense, WordDropout

IDS = np.array([[3, 4, 5, 0], [6, 0, 0, 0]], "int32")
VECTORS = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("float32")
VALUES = np.array([[1, 0.5, 2, 0], [3, 0, 0, 0]], "float32")
CASES = [
    (WordDropout(0.5, seed=1), [IDS], (2, 4)),
    (MaskedMaxPooling1D(), [VECTORS], (2, 3)),
    (SparseDense(8, 5), [IDS, VALUES], (2, 5)),
]


@pytest.mark.parametrize(("layer", "inputs", "shape"), CASES, ids=lambda x: type(x).__name__)
def test_contract(layer, inputs, shape, tmp_path):
    """Shape, config round trip, save and reload, one training step."""
    tensors = [keras.Input(x.shape[1:], dtype=str(x.dtype)) for x in inputs]
    output = layer(*tensors)
    assert output.shape == (None, *shape[1:])
    assert tuple(layer.compute_output_shape(*[x.shape for x in inputs])) == shape
    assert type(layer).from_config(layer.get_config()).get_config() == layer.get_config()

    model = keras.Model(tensors, output)
    before = model.predict_on_batch(inputs)
    assert before.shape == shape
    model.save(tmp_path / "layer.keras")
    again = keras.models.load_model(tmp_path / "layer.keras")
    assert np.allclose(again.predict_on_batch(inputs), before, atol=1e-6)

    features = output if len(shape) == 2 else keras.layers.Flatten()(output)
    if output.dtype != "float32":
        features = keras.layers.Embedding(10, 2)(output)
        features = keras.layers.GlobalAveragePooling1D()(features)
    trained = keras.Model(tensors, keras.layers.Dense(1)(features))
    trained.compile("sgd", "mse")
    weights = trained.get_weights()[-2].copy()
    assert np.isfinite(trained.train_on_batch(inputs, np.ones((2, 1))))
    assert not np.array_equal(trained.get_weights()[-2], weights)


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
