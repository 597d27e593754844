import warnings

import numpy as np
import pytest

from lib.text import SequenceVectorizer, TextPredictor
from lib.text.predictor import predict_rows


class Counter(TextPredictor):
    """Says `many` of texts with more than two words."""

    def __init__(self):
        self.vectorizer = SequenceVectorizer(vocabulary=["good", "film"])
        self.label_names = ("few", "many")
        self.batch_tokens = 100

    def logits_of_batch(self, batch):
        words = (batch != 0).sum(axis=1)
        return np.stack([np.zeros(len(batch)), words - 2.5], axis=1)


def test_answers_come_from_the_logits():
    texts = ["good", "good good film", "film good"]
    assert Counter().predict_labels(texts) == ["few", "many", "few"]
    logits = Counter().predict_logits(texts)
    assert logits[:, 1].tolist() == [-1.5, 0.5, -0.5]
    p = Counter().predict_proba(texts)
    assert p[:, 1] == pytest.approx(1 / (1 + np.exp(-logits[:, 1])))
    assert p.sum(axis=1) == pytest.approx(1)
    assert Counter().predict_proba([]).shape == (0, 2)


def test_a_text_without_a_known_word_is_told():
    with pytest.warns(UserWarning, match="1 of 2 texts hold no known word"):
        Counter().predict_proba(["zebra", "good"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Counter().predict_proba(["good"])


@pytest.mark.parametrize("wrong", ["one string", [None], [3]])
def test_what_is_no_list_of_texts_is_refused(wrong):
    with pytest.raises(TypeError):
        Counter().predict_proba(wrong)


def test_prediction_is_bounded_by_tokens_and_keeps_the_order():
    """256 long texts at once took 0.8 GB of attention scores."""
    rows = [np.full(n, n, "int32") for n in (3, 80, 7, 80, 2, 200)]
    shapes, vectorizer = [], SequenceVectorizer(vocabulary=[])

    def answer(batch):
        shapes.append(batch.shape)
        return batch[:, :1]

    outputs = predict_rows(answer, rows, vectorizer.collate, width=1, tokens=160)
    assert outputs[:, 0].tolist() == [3, 80, 7, 80, 2, 200]
    assert shapes == [(1, 200), (2, 80), (3, 7)]
