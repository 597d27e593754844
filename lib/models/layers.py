"""Layers that Keras does not have. All are registered, and run on any backend."""

import keras
from keras import ops

from lib.text.sequence import UNKNOWN


@keras.saving.register_keras_serializable(package="lib")
class WordDropout(keras.layers.Layer):
    """Replaces whole words by the unknown word while training (Iyyer et al. 2015, §3).

    Input and output: int32 ids `(batch, time)`. Padding stays padding. At inference the ids pass
    unchanged. As in all layers here, `keras.utils.set_random_seed` before a model is built fixes
    what is drawn: equal layers with a seed of their own would draw equal masks.

    Args:
        rate: probability that a word is replaced.
    """

    def __init__(self, rate: float, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, ids, training=False):
        if not training or self.rate == 0:
            return ids
        drawn = keras.random.uniform(ops.shape(ids), seed=self.seed_generator)
        replace = ops.logical_and(drawn < self.rate, ops.not_equal(ids, 0))
        return ops.where(replace, ops.cast(UNKNOWN, ids.dtype), ids)

    def get_config(self):
        return {**super().get_config(), "rate": self.rate}


@keras.saving.register_keras_serializable(package="lib")
class PositionEmbedding(keras.layers.Layer):
    """Adds a learned vector for each position, so that attention can tell word orders apart.

    Input and output: `(batch, time, features)`, `time` at most `max_length`. A mask passes on.

    Args:
        max_length: positions that have a vector.
    """

    def __init__(self, max_length: int, **kwargs):
        super().__init__(**kwargs)
        self.max_length = max_length
        self.supports_masking = True

    def build(self, input_shape):
        self.table = self.add_weight(
            name="table",
            shape=(self.max_length, input_shape[-1]),
            initializer=keras.initializers.RandomNormal(stddev=0.02),
        )

    def call(self, inputs):
        return inputs + self.table[: ops.shape(inputs)[1]]

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "max_length": self.max_length}


@keras.saving.register_keras_serializable(package="lib")
class SparseDense(keras.layers.Layer):
    """A dense layer on a bag of features, given as the features' ids and values.

    The product of a sparse row with a weight matrix is the sum of the rows of that matrix that the
    ids name, each times its value: a bag of embeddings. Only those rows are read.

    Inputs: ids int32 `(batch, n)`, from 1 on; values float32 `(batch, n)`, 0 for padding.
    Output: float32 `(batch, units)`.

    Args:
        features: size of the bag's vocabulary; ids go from 1 to `features`.
        units: width of the output.
    """

    def __init__(self, features: int, units: int, **kwargs):
        super().__init__(**kwargs)
        self.features = features
        self.units = units

    def build(self, ids_shape, values_shape):
        self.kernel = self.add_weight(
            name="kernel", shape=(self.features + 1, self.units), initializer="glorot_uniform"
        )
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def call(self, ids, values):
        rows = ops.take(self.kernel, ids, axis=0)  # (batch, n, units)
        return ops.squeeze(ops.matmul(ops.expand_dims(values, 1), rows), 1) + self.bias

    def get_config(self):
        return {**super().get_config(), "features": self.features, "units": self.units}


@keras.saving.register_keras_serializable(package="lib")
class RotaryAttention(keras.layers.Layer):
    """Self-attention with heads whose scores depend on how far apart two words are.

    Queries and keys are turned by an angle that grows with the position, pair of features by pair,
    so that their product knows the distance only (rotary embedding, Su et al. 2021).

    Input and output: `(batch, time, features)`; features a multiple of twice the heads. A boolean
    mask `(batch, time)`, given or attached, says what is a word; padding is never attended to.

    Args:
        heads: their number.
        rotary: whether positions are told at all.
        window: words to either side that are attended to; None for all.
        use_bias: whether the linear layers have biases.
    """

    def __init__(self, heads: int, *, rotary=True, window=None, use_bias=False, **kwargs):
        super().__init__(**kwargs)
        self.heads = heads
        self.rotary = rotary
        self.window = window
        self.use_bias = use_bias
        self.supports_masking = True

    def build(self, input_shape):
        width = input_shape[-1]
        if width % (2 * self.heads):
            raise ValueError(f"{width} features can't be shared by {self.heads} heads in pairs.")
        linear = {"use_bias": self.use_bias, "dtype": self.dtype_policy}
        self.project = keras.layers.Dense(3 * width, name="project", **linear)
        self.output_layer = keras.layers.Dense(width, name="output", **linear)
        self.project.build(input_shape)
        self.output_layer.build(input_shape)

    def attention_weights(self, inputs, mask=None):
        """Return how much each word attends to each, `(batch, heads, time, time)`."""
        query, key, _ = self._heads(inputs)
        scores = ops.einsum("bthd,bshd->bhts", query, key) / ops.sqrt(query.shape[-1] * 1.0)
        visible = self._visible(ops.shape(inputs)[1], mask)
        return ops.softmax(ops.where(visible, scores, -1e9), axis=-1)

    def call(self, inputs, mask=None):
        query, key, value = self._heads(inputs)
        visible = self._visible(ops.shape(inputs)[1], mask)
        attended = ops.dot_product_attention(query, key, value, mask=visible)
        return self.output_layer(ops.reshape(attended, ops.shape(inputs)))

    def _heads(self, inputs):
        """Return queries, keys and values, `(batch, time, heads, features of a head)`."""
        batch, time, width = ops.shape(inputs)
        shape = (batch, time, 3, self.heads, width // self.heads)
        query, key, value = ops.unstack(ops.reshape(self.project(inputs), shape), axis=2)
        if self.rotary:
            query, key = turn(query), turn(key)
        return query, key, value

    def _visible(self, time, mask):
        """Return which words each attends to, bool, broadcast to `(batch, heads, time, time)`."""
        position = ops.arange(time)
        distance = ops.abs(ops.expand_dims(position, 1) - position)
        near = distance < time if self.window is None else distance <= self.window
        visible = ops.reshape(near, (1, 1, time, time))
        if mask is None:
            return visible
        return ops.logical_and(visible, ops.expand_dims(ops.expand_dims(mask, 1), 1))

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        own = {"heads": self.heads, "rotary": self.rotary, "window": self.window}
        return {**super().get_config(), **own, "use_bias": self.use_bias}


def turn(x):
    """Turn pairs of features of `(batch, time, heads, features)` by an angle for each position.

    Pair j of d is turned by `position * 10000 ** (-j / d)` (Su et al. 2021, eq. 15); a pair is
    feature j with feature j + d.
    """
    pairs = x.shape[-1] // 2
    rate = 10_000.0 ** (-ops.arange(pairs, dtype="float32") / pairs)
    angle = ops.expand_dims(ops.arange(ops.shape(x)[1], dtype="float32"), 1) * rate
    cos, sin = (ops.cast(f(angle)[None, :, None, :], x.dtype) for f in (ops.cos, ops.sin))
    first, second = ops.split(x, 2, axis=-1)
    return ops.concatenate([first * cos - second * sin, first * sin + second * cos], axis=-1)
