"""Attention as pooling: which of the hidden states counts how much."""

import keras
from keras import layers

from lib.models.pooling import AttentionPooling1D
from lib.models.recurrent import hidden_states
from lib.models.words import classify, word_vectors


def lstm_attention(
    *,
    units: int = 64,
    bidirectional: bool = True,
    dropout: float = 0.5,
    classes: int = 2,
    **words,
) -> keras.Model:
    """LSTM whose hidden states are averaged with learned weights (Yang et al. 2016).

    Options in `**words` are those of `lib.models.words.word_vectors`.
    """
    ids, mask, x = word_vectors(**words)
    recurrence = layers.LSTM(units, return_sequences=True, name="lstm")
    x = hidden_states(recurrence, x, mask, bidirectional)
    x = AttentionPooling1D(name="attention")(x, mask=mask)
    logits = classify(x, dropout=dropout, classes=classes)
    return keras.Model(ids, logits, name="lstm_attention")
