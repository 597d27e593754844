"""A text longer than an encoder reads, cut into windows that each fit."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="lib")
class CutWindows(keras.layers.Layer):
    """Ids of texts, `(batch, time)`, as those of windows, `(batch * windows, size)`.

    `time` is a multiple of `size`, as `WordPieceVectorizer` with a `window` collates it; or it is
    no longer than one window, and is then left as it is.

    Args:
        size: ids of a window.
    """

    def __init__(self, size: int, **kwargs):
        super().__init__(**kwargs)
        self.size = size

    def call(self, ids):
        time = ops.shape(ids)[1]
        size = min(time, self.size) if isinstance(time, int) else ops.minimum(time, self.size)
        return ops.reshape(ids, (-1, size))

    def compute_output_shape(self, ids_shape):
        return (None, None)

    def get_config(self):
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable(package="lib")
class JoinWindows(keras.layers.Layer):
    """States of windows, `(batch * windows, size, width)`, as those of texts again.

    Inputs: the states, and the ids `(batch, time)` that `CutWindows` had. Output: the states
    `(batch, time, width)`.
    """

    def call(self, states, ids):
        batch, time = ops.shape(ids)
        return ops.reshape(states, (batch, time, states.shape[-1]))

    def compute_output_shape(self, states_shape, ids_shape):
        return (*ids_shape, states_shape[-1])
