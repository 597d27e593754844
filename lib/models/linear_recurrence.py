"""Recurrences whose gates don't look at the state: linear in it, and so computable in parallel.

`h[t] = a[t] * h[t-1] + b[t]`, element by element, where `a` and `b` follow from the input alone.
Here they run as a loop, as cells of `keras.layers.RNN`: on few cores that is the fastest way.
Options in `**words` are those of `lib.models.words.word_vectors`.
"""

import keras
import numpy as np
from keras import layers, ops

from lib.models.recurrent import hidden_states
from lib.models.words import classify, max_and_mean, word_vectors


@keras.saving.register_keras_serializable(package="lib")
class MinGRUCell(layers.Layer):
    """One step of a minGRU (Feng et al. 2024): a GRU without the state in its gate.

    `z = sigmoid(Wz x + bz)`, `h = (1 - z) * h + z * (Wh x + bh)`: a moving average of what is read,
    at a pace that each word sets for each unit.

    Input `(batch, features)`, state and output `(batch, units)`.

    Args:
        units: size of the state.
    """

    def __init__(self, units: int, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = self.output_size = units

    def build(self, input_shape):
        shape = (input_shape[-1], 2 * self.units)
        self.kernel = self.add_weight(name="kernel", shape=shape, initializer="glorot_uniform")
        self.bias = self.add_weight(name="bias", shape=shape[1:], initializer="zeros")

    def call(self, inputs, states):
        z, candidate = ops.split(ops.matmul(inputs, self.kernel) + self.bias, 2, axis=-1)
        z = ops.sigmoid(z)
        h = (1 - z) * states[0] + z * candidate
        return h, [h]

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(package="lib")
class LinearRecurrentCell(layers.Layer):
    """One step of a linear recurrent unit (Orvieto et al. 2023): a diagonal, complex recurrence.

    `h = lambda * h + gamma * B x`, with `lambda = exp(-exp(nu) + i exp(theta))`, whose size is
    below one whatever is learned, and `gamma = sqrt(1 - |lambda|^2)`, which keeps the state's size
    the same for all of them. `lambda` doesn't depend on the input: each unit forgets, and turns,
    at a pace of its own, the same for every word.

    Input `(batch, features)`; state and output `(batch, 2 * units)`, the real parts first.

    Args:
        units: complex numbers in the state.
        shortest, longest: sizes of `lambda` are drawn between them.
        turn: `lambda`'s angles are drawn between 0 and this, in radians.
    """

    def __init__(
        self, units: int, *, shortest=0.5, longest=0.99, turn: float = np.pi / 10, **kwargs
    ):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = self.output_size = 2 * units
        self.shortest = shortest
        self.longest = longest
        self.turn = turn

    def build(self, input_shape):
        def nu(shape, dtype=None):  # uniform on the ring between the two radii (lemma 3.2)
            u = keras.random.uniform(shape, dtype=dtype)
            squared = u * (self.longest**2 - self.shortest**2) + self.shortest**2
            return ops.log(-0.5 * ops.log(squared))

        def theta(shape, dtype=None):
            return ops.log(keras.random.uniform(shape, 1e-3, 1, dtype=dtype) * self.turn)

        shape = (input_shape[-1], 2 * self.units)
        self.kernel = self.add_weight(name="kernel", shape=shape, initializer="glorot_normal")
        self.nu = self.add_weight(name="nu", shape=(self.units,), initializer=nu)
        self.theta = self.add_weight(name="theta", shape=(self.units,), initializer=theta)

    def decay(self):
        """Return `lambda` as its real and imaginary part, each `(units,)`."""
        size, angle = ops.exp(-ops.exp(self.nu)), ops.exp(self.theta)
        return size * ops.cos(angle), size * ops.sin(angle)

    def call(self, inputs, states):
        real, imaginary = self.decay()
        gamma = ops.sqrt(1 - real**2 - imaginary**2)
        drive = ops.matmul(inputs, self.kernel) * ops.concatenate([gamma, gamma])
        h_real, h_imaginary = ops.split(states[0], 2, axis=-1)
        turned = [
            real * h_real - imaginary * h_imaginary,
            real * h_imaginary + imaginary * h_real,
        ]
        h = ops.concatenate(turned, axis=-1) + drive
        return h, [h]

    def get_config(self):
        own = {"units": self.units, "shortest": self.shortest, "longest": self.longest}
        return {**super().get_config(), **own, "turn": self.turn}


def min_gru(
    *, units: int = 64, bidirectional: bool = True, dropout: float = 0.5, classes: int = 2, **words
) -> keras.Model:
    """Minimal gated recurrent unit (Feng et al. 2024), pooled over time."""
    ids, mask, x = word_vectors(**words)
    recurrence = layers.RNN(MinGRUCell(units), return_sequences=True, name="min_gru")
    x = max_and_mean(hidden_states(recurrence, x, mask, bidirectional), mask)
    return keras.Model(ids, classify(x, dropout=dropout, classes=classes), name="min_gru")


def lru(
    *, units: int = 64, bidirectional: bool = True, dropout: float = 0.5, classes: int = 2, **words
) -> keras.Model:
    """Linear recurrent unit (Orvieto et al. 2023), mixed by a gated layer and pooled over time.

    A linear recurrence is followed by what isn't linear, or the network as a whole would not be:
    `value * sigmoid(gate)`, a gated linear unit (Dauphin et al. 2017).
    """
    ids, mask, x = word_vectors(**words)
    recurrence = layers.RNN(LinearRecurrentCell(units), return_sequences=True, name="lru")
    x = hidden_states(recurrence, x, mask, bidirectional)
    width = units * (2 if bidirectional else 1)
    value, gate = layers.Dense(width, name="value")(x), layers.Dense(width, name="gate")(x)
    x = max_and_mean(value * ops.sigmoid(gate), mask)
    return keras.Model(ids, classify(x, dropout=dropout, classes=classes), name="lru")
