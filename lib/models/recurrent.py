"""Recurrent networks: a state that is carried from word to word.

Options in `**words` are those of `lib.models.words.word_vectors`. Three are common to `rnn`, `lstm`
and `gru`: `units`, the size of the state; `bidirectional`, whether a second recurrence reads the
text from its end; and `pooling`, what the classifier sees: the `last_state`, or of each unit
over all states the largest value, the mean, or both: `max`, `mean`, `max_and_mean`.
"""

import keras
from keras import layers

from lib.models.words import classify, pool, word_vectors


def rnn_last_state(
    *,
    units: int = 128,
    depth: int = 3,
    activation: str = "relu",
    initializer: str = "he_normal",
    input_initializer: str = "glorot_uniform",
    dropout: float = 0.0,
    classes: int = 2,
    **words,
) -> keras.Model:
    """Simple recurrent layers, one on the other, of which only the last state is read.

    Padding is read like a word, so texts are to be padded in front, to one length. `initializer`
    draws the recurrent weights, `input_initializer` those from the layer below.
    """
    ids, _, x = word_vectors(**words)
    for level in range(1, depth + 1):
        x = layers.SimpleRNN(
            units,
            activation=activation,
            kernel_initializer=input_initializer,
            recurrent_initializer=initializer,
            return_sequences=level < depth,
            name=f"rnn_{level}",
        )(x)
    logits = classify(x, dropout=dropout, classes=classes)
    return keras.Model(ids, logits, name="rnn_last_state")


def hidden_states(recurrence, x, mask, bidirectional: bool):
    """Every step's state of a recurrent layer, `(batch, time, units)`; twice that, both ways."""
    if bidirectional:  # without the mask, the way back would start in the padding
        return layers.Bidirectional(recurrence, name=f"bi{recurrence.name}")(x, mask=mask)
    return recurrence(x)  # padding comes last, so it can't touch what came before


def summary(recurrence, x, mask, bidirectional: bool, pooling: str):
    """What the classifier sees of a recurrent layer's states: a vector for each text."""
    if pooling != "last_state":
        return pool(hidden_states(recurrence, x, mask, bidirectional), mask, pooling)
    recurrence.return_sequences = False
    layer = recurrence
    if bidirectional:
        layer = layers.Bidirectional(recurrence, name=f"bi{recurrence.name}")
    return layer(x, mask=mask)  # the mask holds the state that the last word left


def rnn(
    *,
    units: int = 64,
    bidirectional: bool = False,
    pooling: str = "max_and_mean",
    dropout: float = 0.5,
    classes: int = 2,
    **words,
) -> keras.Model:
    """Simple recurrence (Elman 1990): `h[t] = tanh(W x[t] + U h[t-1] + b)`."""
    ids, mask, x = word_vectors(**words)
    recurrence = layers.SimpleRNN(units, return_sequences=True, name="rnn")
    x = summary(recurrence, x, mask, bidirectional, pooling)
    return keras.Model(ids, classify(x, dropout=dropout, classes=classes), name="rnn")


def lstm(
    *,
    units: int = 64,
    bidirectional: bool = False,
    pooling: str = "max_and_mean",
    dropout: float = 0.5,
    classes: int = 2,
    **words,
) -> keras.Model:
    """Long short-term memory (Hochreiter & Schmidhuber 1997)."""
    ids, mask, x = word_vectors(**words)
    recurrence = layers.LSTM(units, return_sequences=True, name="lstm")
    x = summary(recurrence, x, mask, bidirectional, pooling)
    return keras.Model(ids, classify(x, dropout=dropout, classes=classes), name="lstm")


def gru(
    *,
    units: int = 64,
    bidirectional: bool = False,
    pooling: str = "max_and_mean",
    dropout: float = 0.5,
    classes: int = 2,
    **words,
) -> keras.Model:
    """Gated recurrent unit (Cho et al. 2014): an LSTM with a gate and a state less."""
    ids, mask, x = word_vectors(**words)
    recurrence = layers.GRU(units, return_sequences=True, name="gru")
    x = summary(recurrence, x, mask, bidirectional, pooling)
    return keras.Model(ids, classify(x, dropout=dropout, classes=classes), name="gru")
