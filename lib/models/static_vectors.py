"""Word vectors distilled from a pretrained encoder, which is then needed no more."""

from collections.abc import Mapping, Sequence

import keras
import numpy as np

from lib.models import encoder
from lib.text.predictor import predict_rows

PIECES = 16  # of a word, the two special ones included
FREQUENT = 1e-3  # share of all words from which on a word counts clearly less


def distil(vocabulary: Sequence[str], counts: Mapping[str, int], *, dim: int = 100):
    """Return gensim's `KeyedVectors` of words as MiniLM reads them, each by itself.

    Each word goes through the encoder alone; what is left of its width are the first principal
    components; and frequent words are made short, by `a / (a + p)` of their frequency p (Arora et
    al. 2017), so that an average of words is not one of function words. This is the idea of
    model2vec (Minish Lab 2024). The vectors are pretrained: they know text that no data set of ours
    holds.

    Args:
        vocabulary: the words.
        counts: how often each occurs.
        dim: components that are kept.

    Raises:
        EncoderError: MiniLM can't be had.
    """
    from gensim.models import KeyedVectors
    from sklearn.decomposition import PCA

    vectorizer = encoder.vectorizer("minilm", max_length=PIECES)
    options = {"pretrained": "minilm"} | encoder.sizes_of("minilm")
    network = encoder.encoder(**options)
    encoder.load_pretrained(network, options, download=False)
    body = keras.Model(network.input, network.get_layer("pooled").output)
    rows = vectorizer.transform(vocabulary)
    sizes = {"width": body.output.shape[-1], "tokens": 2**14}
    states = predict_rows(body.predict_on_batch, rows, vectorizer.collate, **sizes)
    reduced = PCA(min(dim, *states.shape), random_state=0).fit_transform(states)
    total = max(1, sum(counts.values()))
    share = np.array([counts.get(word, 0) / total for word in vocabulary])
    vectors = KeyedVectors(reduced.shape[1])
    vectors.add_vectors(list(vocabulary), reduced * (FREQUENT / (FREQUENT + share))[:, None])
    return vectors
