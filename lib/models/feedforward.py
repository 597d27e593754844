"""Networks that ignore order: on bags of n-grams, on averaged word vectors, on a table's rows."""

import keras
from keras import layers, ops

from lib.models.layers import SparseDense
from lib.models.words import classify, word_vectors


def ffnn(
    *,
    features: int,
    units: int = 16,
    bag_dropout: float = 0.5,
    dropout: float = 0.5,
    classes: int = 2,
) -> keras.Model:
    """Feed-forward net with one hidden layer on a bag of n-grams.

    Each n-gram's value is multiplied by its `ratio`, a fixed weight: with naive Bayes log-count
    ratios (Wang & Manning 2012) or inverse document frequencies (Spärck Jones 1972) the net starts
    from how much each n-gram says. The weighted bag is scaled to length 1, or long texts would get
    extreme answers; `bag_dropout` leaves n-grams out while training.

    Inputs: ids int32 `(batch, n)`, 0 pads; values float32 `(batch, n)`.
    """
    ids, values, x = hidden_of_bag(features, units, bag_dropout)
    logits = classify(x, dropout=dropout, classes=classes)
    return keras.Model([ids, values], logits, name="ffnn")


def hidden_of_bag(features: int, units: int, bag_dropout: float):
    """The input of a bag, its ids and values, and the hidden layer of `ffnn` on it."""
    ids = keras.Input((None,), dtype="int32", name="bag_ids")
    values = keras.Input((None,), dtype="float32", name="values")
    ratio = layers.Embedding(features + 1, 1, trainable=False, name="ratio")(ids)
    weighted = values * ops.squeeze(ratio, -1)
    weighted = layers.UnitNormalization()(weighted)
    weighted = layers.Dropout(bag_dropout)(weighted)
    x = SparseDense(features, units, name="hidden")(ids, weighted)
    return ids, values, layers.Activation("relu")(x)


def dan(
    *, units: int = 100, depth: int = 1, dropout: float = 0.5, classes: int = 2, **words
) -> keras.Model:
    """Deep averaging network (Iyyer et al. 2015): the mean word vector, then dense layers."""
    ids, mask, x = word_vectors(**words)
    x = layers.GlobalAveragePooling1D(name="mean")(x, mask=mask)
    for _ in range(depth):
        x = layers.Dense(units, activation="relu")(x)
    return keras.Model(ids, classify(x, dropout=dropout, classes=classes), name="dan")


def table(
    *,
    means: list[float],
    variances: list[float],
    categories: list[int],
    units: tuple[int, ...] = (64, 32),
    dropout: float = 0.0,
    classes: int = 2,
) -> keras.Model:
    """Feed-forward net on a row of numbers and categories, which it scales and encodes itself.

    Input: float32 `(batch, columns)`, numbers first, then the index of each category's value.

    Args:
        means, variances: of the numbers, from the train part.
        categories: how many values each category has.
        units: of the hidden layers.
        dropout: behind each of them.
        classes: outputs.
    """
    numbers = len(means)
    row = keras.Input((numbers + len(categories),), name="row")
    parts = [layers.Normalization(mean=means, variance=variances)(row[:, :numbers])]
    for position, values in enumerate(categories, start=numbers):
        index = ops.cast(row[:, position : position + 1], "int32")
        parts.append(layers.CategoryEncoding(values, output_mode="one_hot")(index))
    x = layers.Concatenate(name="encoded")(parts)
    for size in units:
        x = layers.Dense(size, activation="relu")(x)
        x = layers.Dropout(dropout)(x)
    return keras.Model(row, layers.Dense(classes, name="logits")(x), name="table")
