"""Recurrent layers as ONNX's own operators, which run a whole sequence in one node.

Keras lays the same weights out in another order. ONNX reads time first, `(time, batch, features)`,
and has a direction more in every weight: `W (directions, gates * units, features)`,
`R (directions, gates * units, units)`, `B (directions, 2 * gates * units)`.
"""

from dataclasses import dataclass

import numpy as np

from lib.export.graph import Graph

ACTIVATIONS = {"tanh": "Tanh", "relu": "Relu", "sigmoid": "Sigmoid"}


@dataclass(frozen=True)
class Weights:
    """What an operator needs for one direction: its name, activations and weights."""

    operator: str
    activations: list[str]
    kernel: np.ndarray  # (features, gates * units)
    recurrent: np.ndarray  # (units, gates * units)
    bias: np.ndarray  # (2 * gates * units,)


def simple_rnn(layer) -> Weights:
    """`h = f(W x + R h + b)`."""
    kernel, recurrent, bias = layer.get_weights()
    activation = ACTIVATIONS.get(layer.activation.__name__)
    if activation is None:
        raise NotImplementedError(
            f"{layer.name}: no {layer.activation.__name__} recurrence in ONNX."
        )
    return Weights("RNN", [activation], kernel, recurrent, _biases(bias))


def lstm(layer) -> Weights:
    """Gates: Keras has input, forget, cell, output; ONNX input, output, forget, cell."""
    kernel, recurrent, bias = (_reordered(w, (0, 3, 1, 2), 4) for w in layer.get_weights())
    return Weights("LSTM", ["Sigmoid", "Tanh", "Tanh"], kernel, recurrent, _biases(bias))


def gru(layer) -> Weights:
    """Gates in the same order; both have a bias before and one behind the reset gate."""
    kernel, recurrent, bias = layer.get_weights()
    return Weights("GRU", ["Sigmoid", "Tanh"], kernel, recurrent, bias.reshape(-1))


def min_gru(layer) -> Weights:
    """A GRU whose gates don't look at the state, and whose candidate isn't squashed.

    ONNX's `h = (1 - z) * candidate + z * h` has the update gate the other way round.
    """
    kernel, bias = layer.get_weights()
    units = layer.cell.units
    update, candidate = np.split(kernel, 2, axis=1)
    update_bias, candidate_bias = np.split(bias, 2)
    none = np.zeros_like(update)
    kernel = np.concatenate([-update, none, candidate], axis=1)
    bias = np.concatenate([-update_bias, none[0], candidate_bias])
    recurrent = np.zeros((units, 3 * units), "float32")
    return Weights("GRU", ["Sigmoid", "Affine"], kernel, recurrent, _biases(bias))


def lru(layer) -> Weights:
    """A simple recurrence without squashing, whose matrix turns and shrinks pairs of units."""
    real, imaginary = (np.asarray(part) for part in layer.cell.decay())
    gamma = np.sqrt(1 - real**2 - imaginary**2)
    kernel = layer.get_weights()[0] * np.concatenate([gamma, gamma])
    recurrent = np.block(
        [[np.diag(real), np.diag(imaginary)], [-np.diag(imaginary), np.diag(real)]]
    )
    return Weights("RNN", ["Affine"], kernel, recurrent, np.zeros(2 * kernel.shape[1], "float32"))


WEIGHTS = {"SimpleRNNCell": simple_rnn, "LSTMCell": lstm, "GRUCell": gru}
WEIGHTS |= {"MinGRUCell": min_gru, "LinearRecurrentCell": lru}


def recurrence(graph: Graph, layer, x: str, *, mask: str | None = None, **_) -> str:
    """Write a recurrent layer, or two of them in a `Bidirectional`.

    Args:
        graph: to write to.
        layer: the Keras layer.
        x: name of the inputs, `(batch, time, features)`.
        mask: name of the padding mask, bool `(batch, time)`: padding stands behind the words.

    Returns:
        The name of the states `(batch, time, units)`, or of the last one, `(batch, units)`.
    """
    both = type(layer).__name__ == "Bidirectional"
    layers = [layer.forward_layer, layer.backward_layer] if both else [layer]
    weights = [WEIGHTS[type(one.cell).__name__](one) for one in layers]
    stacked = [
        np.stack([getattr(w, name).T for w in weights]).astype("float32")
        for name in ("kernel", "recurrent", "bias")
    ]
    lengths = ""  # all are as long as the batch
    if mask:
        lengths = graph.cast(graph.ReduceSum(graph.cast(mask, "int32"), [1], keepdims=0), "int32")
    first = weights[0]
    activations = first.activations * len(layers)
    options = {"hidden_size": first.recurrent.shape[0], "activations": activations}
    options["direction"] = "bidirectional" if both else "forward"
    if first.operator == "GRU":
        options["linear_before_reset"] = 1
    if "Affine" in activations:  # a * x + b, here x
        options |= {"activation_alpha": [1.0] * len(layers), "activation_beta": [0.0] * len(layers)}
    time_first = graph.Transpose(x, perm=[1, 0, 2])
    write = getattr(graph, first.operator)
    states, last, *_ = write(
        time_first, *stacked, lengths, outputs=3 if first.operator == "LSTM" else 2, **options
    )
    if layers[0].return_sequences:  # (time, directions, batch, units)
        return graph.Reshape(graph.Transpose(states, perm=[2, 0, 1, 3]), [0, 0, -1])
    return graph.Reshape(graph.Transpose(last, perm=[1, 0, 2]), [0, -1])


def _reordered(weights: np.ndarray, order: tuple[int, ...], gates: int) -> np.ndarray:
    parts = np.split(weights, gates, axis=-1)
    return np.concatenate([parts[i] for i in order], axis=-1)


def _biases(bias: np.ndarray) -> np.ndarray:
    """Add the second bias that ONNX has, on the state, which Keras has not."""
    return np.concatenate([bias, np.zeros_like(bias)])
