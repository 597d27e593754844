"""Recurrent operators of ONNX with our weights, against a loop in NumPy, step by step."""

import keras
import numpy as np
import pytest
from scipy.special import expit

onnxruntime = pytest.importorskip("onnxruntime", reason="needs requirements-serve.txt")

from lib.export.network import to_onnx
from lib.models.linear_recurrence import LinearRecurrentCell, MinGRUCell

UNITS, FEATURES, TIME = 4, 3, 6
draw = np.random.default_rng(0)
INPUTS = draw.normal(size=(2, TIME, FEATURES)).astype("float32")


def run(layer):
    """The exported layer's states, and the layer with weights that are no zeros."""
    inputs = keras.Input((None, FEATURES), name="x")
    network = keras.Model(inputs, layer(inputs))
    layer.set_weights([w + 0.4 * draw.normal(size=w.shape) for w in layer.get_weights()])
    session = onnxruntime.InferenceSession(to_onnx(network).SerializeToString())
    return session.run(None, {"x": INPUTS})[0], layer.get_weights()


def loop(step, units=UNITS):
    states, h = [], np.zeros((2, units))
    for t in range(TIME):
        h = step(INPUTS[:, t].astype("float64"), h)
        states.append(h)
    return np.stack(states, axis=1)


def test_simple_recurrence():
    found, (W, U, b) = run(keras.layers.SimpleRNN(UNITS, return_sequences=True))
    assert np.allclose(found, loop(lambda x, h: np.tanh(x @ W + h @ U + b)), atol=1e-5)


def test_lstm():
    found, (W, U, b) = run(keras.layers.LSTM(UNITS, return_sequences=True))
    memory = np.zeros((2, UNITS))

    def step(x, h):
        nonlocal memory
        i, f, c, o = np.split(x @ W + h @ U + b, 4, axis=1)
        memory = expit(f) * memory + expit(i) * np.tanh(c)
        return expit(o) * np.tanh(memory)

    assert np.allclose(found, loop(step), atol=1e-5)


def test_gru():
    found, (W, U, b) = run(keras.layers.GRU(UNITS, return_sequences=True))

    def step(x, h):
        z, r, c = np.split(x @ W + b[0], 3, axis=1)
        zh, rh, ch = np.split(h @ U + b[1], 3, axis=1)
        z, r = expit(z + zh), expit(r + rh)
        return z * h + (1 - z) * np.tanh(c + r * ch)

    assert np.allclose(found, loop(step), atol=1e-5)


def test_min_gru_is_a_gru_that_does_not_look_at_its_state():
    found, (W, b) = run(keras.layers.RNN(MinGRUCell(UNITS), return_sequences=True))

    def step(x, h):
        z, candidate = np.split(x @ W + b, 2, axis=1)
        return (1 - expit(z)) * h + expit(z) * candidate

    assert np.allclose(found, loop(step), atol=1e-5)


def test_linear_recurrence_turns_and_shrinks_complex_numbers():
    found, (B, nu, theta) = run(keras.layers.RNN(LinearRecurrentCell(UNITS), return_sequences=True))
    turn = np.exp(-np.exp(nu) + 1j * np.exp(theta))
    into = np.sqrt(1 - np.abs(turn) ** 2)

    def step(x, h):
        real, imaginary = np.split(x @ B, 2, axis=1)
        new = turn * (h[:, :UNITS] + 1j * h[:, UNITS:]) + into * (real + 1j * imaginary)
        return np.concatenate([new.real, new.imag], axis=1)

    assert np.allclose(found, loop(step, 2 * UNITS), atol=1e-5)


@pytest.mark.parametrize("sequences", [True, False])
def test_both_ways_with_padding_that_is_never_read(sequences):
    inputs = keras.Input((None, FEATURES), name="x")
    ids = keras.Input((None,), dtype="int32", name="ids")
    layer = keras.layers.Bidirectional(keras.layers.GRU(UNITS, return_sequences=sequences))
    states = layer(inputs, mask=keras.ops.not_equal(ids, 0))
    network = keras.Model([inputs, ids], states)
    session = onnxruntime.InferenceSession(to_onnx(network).SerializeToString())
    words = np.array([[1] * TIME, [1, 1, 1, 0, 0, 0]], "int32")
    ran = [session.run(None, {"x": x, "ids": words})[0] for x in (INPUTS, INPUTS.copy())]
    spoilt = INPUTS.copy()
    spoilt[1, 3:] = 1e3
    ran.append(session.run(None, {"x": spoilt, "ids": words})[0])
    expected = network.predict_on_batch([INPUTS, words])
    kept = (words != 0) if sequences else np.ones(2, bool)
    for found in ran:
        assert np.allclose(found[kept], expected[kept], atol=1e-5)
