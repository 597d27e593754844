import json
import subprocess
import sys

import numpy as np
import pytest

from lib import paths
from lib.text import NgramVectorizer, SequenceVectorizer, row_length

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


def test_importing_it_loads_nothing_heavy():
    heavy = "scipy sklearn nltk bs4 emoji gensim pandas tokenizers keras tensorflow".split()
    code = f"import lib.text, sys; print([name for name in {heavy} if name in sys.modules])"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=paths.ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"
