"""From a vector for each step to a vector for each text: pooling over time that knows padding."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="lib")
class MaskedMaxPooling1D(keras.layers.Layer):
    """The largest value of each feature over time, padding left out.

    Keras's `GlobalMaxPooling1D` ignores masks and so reads padding as text.

    Input: `(batch, time, features)`, with a boolean mask `(batch, time)`, given or attached.
    Output: `(batch, features)`, without a mask. A text that is all padding gives zeros.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs, mask=None):
        if mask is None:
            return ops.max(inputs, axis=1)
        keep = ops.expand_dims(mask, -1)
        lowest = ops.cast(-1e4, inputs.dtype)  # finite in float16, below any activation
        largest = ops.max(ops.where(keep, inputs, lowest), axis=1)
        return ops.where(ops.any(keep, axis=1), largest, ops.zeros_like(largest))

    def compute_mask(self, inputs, mask=None):
        return None


@keras.saving.register_keras_serializable(package="lib")
class DynamicKMaxPooling1D(keras.layers.Layer):
    """The k largest values of each feature over time, in their order (Kalchbrenner et al. 2014).

    k follows from the length s of the sentence, in words: `max(top, ceil((L - l) / L * s))` at
    convolution l of L (eq. 5), so the last convolution leaves `top` values; never more than
    there are. Padding is never chosen.

    Inputs: `(batch, time, features)`; mask, bool `(batch, time)`; lengths s, int `(batch,)`.
    Outputs: `(batch, k, features)`, for the largest k of the batch, zeros beyond a row's own; and
    its mask, bool `(batch, k)`.

    Args:
        level: l, which convolution this follows, from 1.
        levels: L, how many there are.
        top: the least k, and that of the last level.
    """

    def __init__(self, *, level: int, levels: int, top: int, **kwargs):
        super().__init__(**kwargs)
        self.level = level
        self.levels = levels
        self.top = top
        self.supports_masking = True

    def k(self, lengths):
        """Return k for sentences of those lengths; for one that is an int, an int."""
        share = self.levels - self.level
        k = (share * lengths + self.levels - 1) // self.levels
        return max(self.top, k) if isinstance(k, int) else ops.maximum(self.top, k)

    def call(self, inputs, mask, lengths):
        last = self.level == self.levels
        width = self.top if last else self.k(ops.shape(inputs)[1])
        lowest = ops.cast(-1e4, inputs.dtype)  # finite in float16, below any activation
        values = ops.where(ops.expand_dims(mask, -1), inputs, lowest)
        # A batch shorter than `top` is made long enough to choose from.
        values = ops.pad(values, [[0, 0], [0, self.top], [0, 0]], constant_values=-1e4)
        by_feature = ops.transpose(values, (0, 2, 1))
        _, positions = ops.top_k(by_feature, width)  # (batch, features, width), largest first
        k = ops.minimum(self.k(lengths), ops.sum(ops.cast(mask, lengths.dtype), axis=1))
        chosen = ops.arange(width, dtype=lengths.dtype) < ops.expand_dims(k, -1)
        end = ops.shape(values)[1] - 1  # where positions beyond a row's own k go
        positions = ops.where(ops.expand_dims(chosen, 1), positions, end)
        ordered = ops.take_along_axis(by_feature, ops.sort(positions, axis=-1), axis=-1)
        pooled = ops.transpose(ordered, (0, 2, 1))
        return ops.where(ops.expand_dims(chosen, -1), pooled, ops.zeros_like(pooled)), chosen

    def compute_mask(self, inputs, mask=None, lengths=None):
        return None, None  # it is an output of its own

    def compute_output_spec(self, inputs, mask, lengths):
        batch, _, features = inputs.shape
        width = self.top if self.level == self.levels else None
        pooled = keras.KerasTensor((batch, width, features), dtype=inputs.dtype)
        return pooled, keras.KerasTensor((batch, width), dtype="bool")

    def get_config(self):
        own = {"level": self.level, "levels": self.levels, "top": self.top}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="lib")
class AttentionPooling1D(keras.layers.Layer):
    """The average over time, with weights that each step's vector earns.

    A linear layer gives each step a score, the softmax over the steps of a text turns scores into
    weights, padding left out. A bias would be the same for all steps, and the softmax
    would cancel it; there is none.

    Input: `(batch, time, features)`, with a boolean mask `(batch, time)`, given or attached.
    Output: `(batch, features)`, without a mask.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel", shape=(input_shape[-1], 1), initializer="glorot_uniform"
        )

    def weights_over_time(self, inputs, mask=None):
        """Return the weights `(batch, time)`: they sum to 1, and are 0 where there is padding."""
        scores = ops.squeeze(ops.matmul(inputs, self.kernel), -1)
        if mask is not None:
            scores = ops.where(mask, scores, ops.cast(-1e4, scores.dtype))
        return ops.softmax(scores, axis=-1)

    def call(self, inputs, mask=None):
        weights = self.weights_over_time(inputs, mask)
        return ops.squeeze(ops.matmul(ops.expand_dims(weights, 1), inputs), 1)

    def compute_mask(self, inputs, mask=None):
        return None
