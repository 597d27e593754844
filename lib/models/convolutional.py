"""Convolutional networks: filters that look for phrases.

Options in `**words` are those of `lib.models.words.word_vectors`.
"""

import keras
from keras import layers, ops

from lib.models.pooling import DynamicKMaxPooling1D
from lib.models.words import classify, pool, word_vectors


def cnn(
    *,
    filters: int = 128,
    kernel_sizes: tuple[int, ...] = (2, 3, 4),
    pooling: str = "max_and_mean",
    dropout: float = 0.5,
    classes: int = 2,
    **words,
) -> keras.Model:
    """Parallel convolutions of several widths, pooled over time (Kim 2014).

    Each filter looks for one pattern of `kernel_size` words; the last layer sees how well it was
    met at best, and on average, or with another `pooling`, `max` or `mean`, one of the two.
    """
    ids, mask, x = word_vectors(**words)
    x = x * ops.cast(ops.expand_dims(mask, -1), x.dtype)  # past its end a text is zeros
    pooled = []
    for size in kernel_sizes:
        convolution = layers.Conv1D(
            filters, size, padding="same", activation="relu", name=f"words_{size}"
        )
        pooled.append(pool(convolution(x), mask, pooling))
    x = layers.concatenate(pooled) if len(pooled) > 1 else pooled[0]
    return keras.Model(ids, classify(x, dropout=dropout, classes=classes), name="cnn")


def dcnn(
    *,
    filters: tuple[int, int] = (64, 64),
    kernel_sizes: tuple[int, int] = (7, 5),
    top: int = 4,
    dropout: float = 0.5,
    classes: int = 2,
    **words,
) -> keras.Model:
    """Dynamic convolutional network (Kalchbrenner et al. 2014).

    Two wide convolutions, each followed by folding (neighbouring features are added in pairs),
    dynamic k-max pooling and tanh. What is left is `top` values of each feature, in their order.
    """
    ids, mask, x = word_vectors(**words)
    lengths = ops.sum(ops.cast(mask, "int32"), axis=1)
    for level, (maps, size) in enumerate(zip(filters, kernel_sizes, strict=True), start=1):
        x = x * ops.cast(ops.expand_dims(mask, -1), x.dtype)
        x = ops.pad(x, [[0, 0], [size - 1, size - 1], [0, 0]])  # wide: size - 1 steps longer
        mask = ops.pad(mask, [[0, 0], [size - 1, 0]], constant_values=True)
        x = layers.Conv1D(maps, size, name=f"wide_{level}")(x)
        x = x[:, :, ::2] + x[:, :, 1::2]
        pool = DynamicKMaxPooling1D(level=level, levels=len(filters), top=top)
        x, mask = pool(x, mask=mask, lengths=lengths)
        x = layers.Activation("tanh")(x)
    x = layers.Flatten()(x)
    return keras.Model(ids, classify(x, dropout=dropout, classes=classes), name="dcnn")
