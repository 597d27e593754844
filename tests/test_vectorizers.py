import json

import numpy as np
import pytest

from lib.vectorizers import NgramVectorizer, SequenceVectorizer, row_length

TEXTS = ["a good film", "a bad film", "a good good story", "an odd thing"]


@pytest.mark.parametrize(
    "vectorizer",
    [
        SequenceVectorizer(cleaning="classic", max_length=3).fit(TEXTS),
        NgramVectorizer(min_texts=1).fit(TEXTS),
        NgramVectorizer(min_texts=1, weighting="binary", ngrams=3).fit(TEXTS),
    ],
)
def test_config_goes_through_json(vectorizer):
    config = json.loads(json.dumps(vectorizer.get_config()))
    again = type(vectorizer).from_config(config)
    new = ["a good story \x85 about \u2028 film film", "nothing known here"]
    one, two = (v.collate(v.transform(new)) for v in (vectorizer, again))
    assert np.array_equal(np.asarray(one), np.asarray(two))


def test_the_length_of_a_row_is_what_it_takes_in_a_batch():
    for vectorizer in (SequenceVectorizer().fit(TEXTS), NgramVectorizer(min_texts=1).fit(TEXTS)):
        (row,) = vectorizer.transform(["a good film"])
        assert row_length(row) == np.shape(vectorizer.collate([row]))[-1]
