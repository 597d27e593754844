import keras
import numpy as np
import pytest
from support import network

from lib.models.linear_recurrence import LinearRecurrentCell, MinGRUCell

X = np.random.default_rng(0).normal(size=(2, 12, 6)).astype("float32")


def run(cell, x=X):
    layer = keras.layers.RNN(cell, return_sequences=True)
    states = np.asarray(layer(x))
    return states, [w.numpy() for w in cell.weights]


def scan(a, b):
    """h[t] = a[t] h[t-1] + b[t] by cumulative products and sums, all steps at once."""
    products = np.cumprod(a, axis=1)
    return products * np.cumsum(b / products, axis=1)


def test_min_gru_is_the_recurrence_of_the_paper_and_can_be_computed_in_parallel():
    states, (kernel, bias) = run(MinGRUCell(5))
    z, candidate = np.split(X.astype("float64") @ kernel + bias, 2, axis=-1)
    z = 1 / (1 + np.exp(-z))
    h, loop = 0, []
    for t in range(X.shape[1]):
        h = (1 - z[:, t]) * h + z[:, t] * candidate[:, t]
        loop.append(h)
    assert np.allclose(states, np.stack(loop, axis=1), atol=1e-5)
    assert np.allclose(states, scan(1 - z, z * candidate), atol=1e-5)


def test_linear_recurrent_unit_is_the_complex_recurrence_of_the_paper():
    keras.utils.set_random_seed(0)
    cell = LinearRecurrentCell(5)
    states, (kernel, nu, theta) = run(cell)
    decay = np.exp(-np.exp(nu.astype("float64")) + 1j * np.exp(theta))
    assert (np.abs(decay) < 1).all()
    assert (np.abs(decay) >= 0.5 - 1e-6).all()
    assert (np.abs(decay) <= 0.99 + 1e-6).all()
    real, imaginary = np.split(kernel, 2, axis=1)
    drive = np.sqrt(1 - np.abs(decay) ** 2) * (X @ (real + 1j * imaginary))
    expected = scan(np.broadcast_to(decay, drive.shape), drive)
    assert np.allclose(states[..., :5] + 1j * states[..., 5:], expected, atol=1e-4)


def test_an_unforgetting_gate_keeps_the_state_for_good():
    cell = MinGRUCell(3)
    cell.build((None, 6))
    cell.set_weights([np.zeros((6, 6)), np.array([-30.0] * 3 + [1.0] * 3)])
    h = np.array([[1.0, 2.0, 3.0]], "float32")
    after, _ = cell(X[:1, 0], [h])
    assert np.allclose(after, h, atol=1e-6)


@pytest.mark.parametrize("kind", [MinGRUCell, LinearRecurrentCell])
def test_cells_are_made_again_by_their_config(kind, tmp_path):
    cell = kind(4)
    assert kind.from_config(cell.get_config()).get_config() == cell.get_config()
    inputs = keras.Input((None, 6))
    recurrence = keras.layers.RNN(cell, return_sequences=True)
    model = keras.Model(inputs, keras.layers.Bidirectional(recurrence)(inputs))
    model.save(tmp_path / "cell.keras")
    again = keras.models.load_model(tmp_path / "cell.keras")
    assert np.allclose(again.predict_on_batch(X), model.predict_on_batch(X), atol=1e-6)


@pytest.mark.parametrize("name", ["min_gru", "lru"])
def test_whatever_is_learned_a_long_text_stays_finite(name):
    built = network(name, vocabulary_size=50, embedding_dim=8, units=4)
    ids = np.random.default_rng(0).integers(1, 50, (1, 3000)).astype("int32")
    assert np.isfinite(built.predict_on_batch(ids)).all()
