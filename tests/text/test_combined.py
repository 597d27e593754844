import json

import numpy as np
import pytest

from lib.text import CombinedVectorizer, NgramVectorizer, SequenceVectorizer

TEXTS = ["A good film, a good film!", "Not a good film.", "Bad, bad film?", "", "Zebra"] * 2
SMALL = {"vocabulary_size": 8, "max_features": 9, "ngrams": 2}


@pytest.fixture
def both():
    return CombinedVectorizer(**SMALL).fit(TEXTS)


def test_a_row_is_what_the_two_vectorizers_make(both):
    words = SequenceVectorizer(vocabulary_size=8).fit(TEXTS)
    bag = NgramVectorizer(max_features=9, ngrams=2, weighting="binary").fit(TEXTS)
    assert both.vocabulary == words.vocabulary
    assert both.ngram_vocabulary == bag.vocabulary
    rows = both.transform(TEXTS)
    expected = zip(rows, words.transform(TEXTS), bag.transform(TEXTS), strict=True)
    for row, ids, (ngrams, values) in expected:
        assert np.array_equal(row[0], ids)
        assert np.array_equal(row[1], ngrams)
        assert np.array_equal(row[2], values)


def test_a_batch_is_padded_each_way_by_itself(both):
    ids, ngrams, values = both.collate(both.transform(TEXTS))
    assert ids.shape == (10, 7)
    assert ngrams.shape == values.shape
    assert (ids.dtype, ngrams.dtype, values.dtype) == ("int32", "int32", "float32")
    assert ((values > 0) == (ngrams > 0)).all()


def test_the_bag_reads_what_the_words_cut_off():
    cut = CombinedVectorizer(**SMALL, max_length=2, truncation="head").fit(TEXTS)
    whole = CombinedVectorizer(**SMALL).fit(TEXTS)
    (row,), (full,) = cut.transform(TEXTS[:1]), whole.transform(TEXTS[:1])
    assert len(row[0]) == 2
    assert np.array_equal(row[1], full[1])


def test_known_if_either_knows_something(both):
    known = [both.known(row) for row in both.transform(["film", "", "xylophone", "good film"])]
    assert known == [True, False, False, True]


def test_config_gives_it_back(both):
    again = CombinedVectorizer.from_config(both.get_config())
    assert again.get_config() == both.get_config()
    for row, other in zip(both.transform(TEXTS), again.transform(TEXTS), strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(row, other, strict=True))


def test_wrong_input_is_refused(both):
    with pytest.raises(TypeError, match="list of texts"):
        both.transform("one string")
    with pytest.raises(TypeError, match="Text 1 is NoneType"):
        both.transform(["fine", None])
    with pytest.raises(ValueError, match="names='maybe'"):
        CombinedVectorizer(names="maybe")


def test_the_bag_may_be_weighted():
    both = CombinedVectorizer(**SMALL, weighting="tfidf").fit(TEXTS)
    bag = NgramVectorizer(max_features=9, ngrams=2, weighting="tfidf").fit(TEXTS)
    again = CombinedVectorizer.from_config(json.loads(json.dumps(both.get_config())))
    for vectorizer in (both, again):
        for row, (ids, values) in zip(
            vectorizer.transform(TEXTS), bag.transform(TEXTS), strict=True
        ):
            assert np.array_equal(row[1], ids)
            assert np.array_equal(row[2], values)
    with pytest.raises(ValueError, match="weighting"):
        CombinedVectorizer(weighting="counts")
