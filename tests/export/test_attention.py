"""What each form of attention receives, against NumPy, word by word."""

import keras
import numpy as np
import pytest
from scipy.special import softmax

onnxruntime = pytest.importorskip("onnxruntime", reason="needs requirements-serve.txt")

from lib.export.network import to_onnx
from lib.models.layers import RotaryAttention

HEADS, WIDTH, TIME = 2, 8, 5
draw = np.random.default_rng(0)
X = draw.normal(size=(2, TIME, WIDTH)).astype("float32")
IDS = np.array([[3, 4, 5, 6, 7], [3, 4, 0, 0, 0]], "int32")


def run(layer, **call):
    inputs = keras.Input((None, WIDTH), name="x")
    ids = keras.Input((None,), dtype="int32", name="ids")
    mask = keras.ops.not_equal(ids, 0)
    received = (
        layer(inputs, mask=mask) if not call else layer(inputs, inputs, **call["given"](mask))
    )
    network = keras.Model([inputs, ids], received)
    layer.set_weights([w + 0.3 * draw.normal(size=w.shape) for w in layer.get_weights()])
    session = onnxruntime.InferenceSession(to_onnx(network).SerializeToString())
    return session.run(None, {"x": X, "ids": IDS})[0]


def attended(query, key, value, *, visible):
    """Query, key and value `(time, heads, size)`, a head and a word at a time."""
    received = np.zeros_like(value)
    for head in range(HEADS):
        for t in range(len(query)):
            scores = key[:, head] @ query[t, head] / np.sqrt(query.shape[-1])
            weights = softmax(np.where(visible(t), scores, -np.inf))
            received[t, head] = weights @ value[:, head]
    return received


def test_multi_head_attention():
    layer = keras.layers.MultiHeadAttention(HEADS, WIDTH // HEADS)
    found = run(layer, given=lambda mask: {"attention_mask": keras.ops.expand_dims(mask, 1)})
    wq, bq, wk, bk, wv, bv, wo, bo = layer.get_weights()
    for x, ids, ours in zip(X, IDS, found, strict=True):
        parts = (np.einsum("tw,whs->ths", x, w) + b for w, b in ((wq, bq), (wk, bk), (wv, bv)))
        received = attended(*parts, visible=lambda t, ids=ids: ids != 0)
        expected = np.einsum("ths,hsw->tw", received, wo) + bo
        assert np.allclose(ours, expected, atol=1e-5)


@pytest.mark.parametrize("window", [None, 1])
def test_rotary_attention_knows_distances_alone(window):
    layer = RotaryAttention(HEADS, window=window)
    found = run(layer)
    project, output = layer.get_weights()
    size = WIDTH // HEADS
    rate = 10_000.0 ** (-np.arange(size // 2) / (size // 2))
    turn = np.exp(1j * np.arange(TIME)[:, None, None] * rate)

    def turned(part):
        pairs = (part[..., : size // 2] + 1j * part[..., size // 2 :]) * turn
        return np.concatenate([pairs.real, pairs.imag], axis=-1)

    for x, ids, ours in zip(X, IDS, found, strict=True):
        query, key, value = (x @ project).reshape(TIME, 3, HEADS, size).transpose(1, 0, 2, 3)
        received = attended(
            turned(query),
            turned(key),
            value,
            visible=lambda t, ids=ids: (ids != 0) & (abs(np.arange(TIME) - t) <= (window or TIME)),
        )
        expected = received.reshape(TIME, WIDTH) @ output
        words = ids != 0
        assert np.allclose(ours[words], expected[words], atol=1e-5)
