"""Recurrent networks: a state that is carried from word to word.

Options in `**words` are those of `lib.models.words.word_vectors`.
"""

import keras
from keras import layers

from lib.models.words import classify, max_and_mean, word_vectors


def rnn_last_state(
    *,
    units: int = 128,
    depth: int = 3,
    activation: str = "relu",
    initializer: str = "he_normal",
    dropout: float = 0.0,
    classes: int = 2,
    **words,
) -> keras.Model:
    """Simple recurrent layers, one on the other, of which only the last state is read.

    Padding is read like a word, so texts are to be padded in front, to one length.
    """
    ids, _, x = word_vectors(**words)
    for level in range(1, depth + 1):
        x = layers.SimpleRNN(
            units,
            activation=activation,
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


def rnn(
    *,
    units: int = 64,
    bidirectional: bool = False,
    dropout: float = 0.5,
    classes: int = 2,
    **words,
) -> keras.Model:
    """Simple recurrence (Elman 1990) with tanh, pooled over time by largest and mean value."""
    ids, mask, x = word_vectors(**words)
    recurrence = layers.SimpleRNN(units, return_sequences=True, name="rnn")
    x = max_and_mean(hidden_states(recurrence, x, mask, bidirectional), mask)
    return keras.Model(ids, classify(x, dropout=dropout, classes=classes), name="rnn")


def lstm(
    *,
    units: int = 64,
    bidirectional: bool = False,
    dropout: float = 0.5,
    classes: int = 2,
    **words,
) -> keras.Model:
    """Long short-term memory (Hochreiter & Schmidhuber 1997), pooled over time."""
    ids, mask, x = word_vectors(**words)
    recurrence = layers.LSTM(units, return_sequences=True, name="lstm")
    x = max_and_mean(hidden_states(recurrence, x, mask, bidirectional), mask)
    return keras.Model(ids, classify(x, dropout=dropout, classes=classes), name="lstm")


def gru(
    *,
    units: int = 64,
    bidirectional: bool = False,
    dropout: float = 0.5,
    classes: int = 2,
    **words,
) -> keras.Model:
    """Gated recurrent unit (Cho et al. 2014), pooled over time."""
    ids, mask, x = word_vectors(**words)
    recurrence = layers.GRU(units, return_sequences=True, name="gru")
    x = max_and_mean(hidden_states(recurrence, x, mask, bidirectional), mask)
    return keras.Model(ids, classify(x, dropout=dropout, classes=classes), name="gru")
