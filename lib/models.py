"""The architectures, one function each. They know word ids, nothing of text.

Each takes keyword options and returns an uncompiled functional model that gives logits of shape
`(batch, classes)`. `build(name, **options)` finds them by name, so that a saved classifier needs to
store only the name and the options.
"""

import keras
from keras import layers, ops

from lib.layers import MaskedMaxPooling1D, SparseDense, WordDropout


def linear(*, features: int, classes: int = 2) -> keras.Model:
    """Multinomial logistic regression on a bag of n-grams: one weight per n-gram and class.

    Inputs: ids int32 `(batch, n)`, 0 pads; values float32 `(batch, n)`.
    """
    ids = keras.Input((None,), dtype="int32", name="ids")
    values = keras.Input((None,), dtype="float32", name="values")
    logits = SparseDense(features, classes, name="logits")(ids, values)
    return keras.Model([ids, values], logits, name="linear")


def lstm(
    *,
    vocabulary_size: int,
    classes: int = 2,
    embedding_dim: int = 100,
    units: int = 64,
    bidirectional: bool = False,
    embedding_scale: float = 0.3,
    word_dropout: float = 0.2,
    spatial_dropout: float = 0.3,
    dropout: float = 0.5,
    seed: int = 0,
) -> keras.Model:
    """Long short-term memory (Hochreiter & Schmidhuber 1997), pooled over time.

    The head reads the largest and the mean value of each hidden unit over all time steps, so that
    a verdict anywhere in the text reaches the output without surviving hundreds of steps.

    The embedding is a table times `embedding_scale`. Adam's steps are as large for a rare word's
    row as for any other weight, and so rare words learn the training labels by heart; a scale below
    one makes the steps of the vectors that much smaller. Initial vectors are divided by it.

    Input: ids int32 `(batch, time)`, 0 pads.
    """
    ids = keras.Input((None,), dtype="int32", name="ids")
    mask = ops.not_equal(ids, 0)
    x = WordDropout(word_dropout, seed=seed)(ids)
    x = layers.Embedding(vocabulary_size, embedding_dim, name="embedding")(x)
    x = layers.Rescaling(embedding_scale, name="scale")(x)
    x = layers.SpatialDropout1D(spatial_dropout, seed=seed)(x)
    recurrence = layers.LSTM(units, return_sequences=True, seed=seed, name="lstm")
    if bidirectional:  # without the mask, the way back would start in the padding
        x = layers.Bidirectional(recurrence, name="bilstm")(x, mask=mask)
    else:  # padding comes last, so it can't touch what came before
        x = recurrence(x)
    pooled = layers.concatenate(
        [MaskedMaxPooling1D()(x, mask=mask), layers.GlobalAveragePooling1D()(x, mask=mask)]
    )
    pooled = layers.Dropout(dropout, seed=seed)(pooled)
    logits = layers.Dense(classes, name="logits")(pooled)
    return keras.Model(ids, logits, name="bilstm" if bidirectional else "lstm")


ARCHITECTURES = {"linear": linear, "lstm": lstm}


def build(name: str, **options) -> keras.Model:
    """Build the architecture of that name.

    Raises:
        ValueError: no such architecture.
    """
    if name not in ARCHITECTURES:
        raise ValueError(f"No architecture {name!r}; there are {sorted(ARCHITECTURES)}.")
    return ARCHITECTURES[name](**options)
