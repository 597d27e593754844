"""The registry: which network and which vectorizer belong to a name."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field

import keras

from lib.models import (
    attention,
    convolutional,
    encoder,
    feedforward,
    linear,
    linear_recurrence,
    recurrent,
)
from lib.models import transformer as transformers
from lib.models import wide_and_deep as wide_and_deeps
from lib.models.words import word_vectors
from lib.text import (
    CombinedVectorizer,
    NgramVectorizer,
    SequenceVectorizer,
    TableVectorizer,
    WordPieceVectorizer,
    check_choice,
)


@dataclass(frozen=True)
class Architecture:
    """What `models.build` needs to know of a name.

    Attributes:
        network: from keyword options to a functional model that gives logits `(batch, classes)`.
        vectorizer: what turns texts, or a table's rows, into the network's input.
        text: options of the vectorizer where they differ from its own defaults.
        solve: fits a linear baseline without gradient descent: `(model, dataset, **options)`.
        tokens: entries of a batch in prediction, padding included. What attends from every word to
            every word needs memory by the square of a text's length, and so gets fewer.
    """

    network: Callable[..., keras.Model]
    vectorizer: type = SequenceVectorizer
    text: dict = field(default_factory=dict)
    solve: Callable | None = None
    tokens: int = 2**17

    def options(self) -> dict[str, inspect.Parameter]:
        """Return the network's keyword options, those of its word vectors among them."""
        parameters = dict(inspect.signature(self.network).parameters)
        if parameters.pop("words", None):
            parameters |= inspect.signature(word_vectors).parameters
        return parameters


def _linear(solve: Callable, **text) -> Architecture:
    return Architecture(linear.linear, NgramVectorizer, {"max_features": 200_000} | text, solve)


ARCHITECTURES = {
    "tfidf_lr": _linear(linear.fit_logistic_regression, names="out"),
    "nbsvm": _linear(
        linear.fit_nbsvm, ngrams=3, names="out", weighting="binary", max_features=350_000
    ),
    "linear_svm": _linear(linear.fit_svm),
    "complement_naive_bayes": _linear(linear.fit_complement_naive_bayes, ngrams=1),
    "ffnn": Architecture(feedforward.ffnn, NgramVectorizer, {"weighting": "binary"}),
    "dan": Architecture(feedforward.dan),
    "rnn_last_state": Architecture(recurrent.rnn_last_state, text={"padding": "pre"}),
    "rnn": Architecture(recurrent.rnn),
    "lstm": Architecture(recurrent.lstm),
    "gru": Architecture(recurrent.gru),
    "min_gru": Architecture(linear_recurrence.min_gru),
    "lru": Architecture(linear_recurrence.lru),
    "cnn": Architecture(convolutional.cnn),
    "dcnn": Architecture(convolutional.dcnn),
    "lstm_attention": Architecture(attention.lstm_attention),
    "transformer": Architecture(transformers.transformer, tokens=2**15),
    "transformer_modern": Architecture(transformers.transformer_modern, tokens=2**15),
    "wide_and_deep": Architecture(wide_and_deeps.wide_and_deep, CombinedVectorizer),
    "table": Architecture(feedforward.table, TableVectorizer),
    "encoder": Architecture(encoder.encoder, WordPieceVectorizer, tokens=2**14),
}


def find(name: str) -> Architecture:
    """Return the architecture of that name.

    Raises:
        ValueError: there is none.
    """
    check_choice("architecture", name, tuple(ARCHITECTURES))
    return ARCHITECTURES[name]


def complete(name: str, options: dict) -> dict:
    """Return the network's options with all defaults filled in.

    So that a saved model outlives a new default.

    Raises:
        ValueError: no such architecture.
    """
    known = find(name).options().values()
    return {p.name: p.default for p in known if p.default is not p.empty} | options
