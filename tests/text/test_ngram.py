import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from lib.text import NgramVectorizer, clean

TEXTS = ["a good film", "a bad film", "a good good story", "an odd thing"]


def test_tfidf_is_that_of_scikit_learn():
    ours = NgramVectorizer(min_texts=1, max_features=1000).fit(TEXTS)
    theirs = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\S+", sublinear_tf=True).fit(
        clean(TEXTS)
    )
    new = ["a good good film", "an odd story"]
    assert ours.vocabulary == theirs.get_feature_names_out().tolist()
    difference = ours.matrix(new) - theirs.transform(clean(new))
    assert abs(difference).max() < 1e-3  # idf is kept in half precision


def test_rows_say_the_same_as_the_matrix():
    vectorizer = NgramVectorizer(min_texts=1, weighting="binary").fit(TEXTS)
    new = ["a good film", "", "zebra", "odd odd thing"]
    dense = np.zeros((4, len(vectorizer.vocabulary) + 1), "float32")
    ids, values = vectorizer.collate(vectorizer.transform(new))
    for row in range(4):
        np.add.at(dense[row], ids[row], values[row])
    assert np.array_equal(dense[:, 1:], vectorizer.matrix(new).toarray())
    assert (dense[:, 0] == 0).all()
    assert ids.dtype == "int32"


def test_ngrams_that_hold_a_name_are_left_out():
    texts = ["a film by Hanks and with Hanks, good"] * 3
    kept, out = (NgramVectorizer(names=names).fit(texts) for names in ("keep", "out"))
    lost = set(kept.vocabulary) - set(out.vocabulary)
    assert lost == {"hanks", "by hanks", "hanks and", "with hanks", "hanks good"}
    assert set(out.vocabulary) < set(kept.vocabulary)
    assert NgramVectorizer(names="out", max_features=2).fit(texts).vocabulary == ["a", "a film"]
    with pytest.raises(ValueError, match="'hide'"):
        NgramVectorizer(names="hide")


def test_a_weighting_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="bm25"):
        NgramVectorizer(weighting="bm25")


def test_no_text_gives_no_row_and_an_empty_one_a_row_of_padding():
    vectorizer = NgramVectorizer(min_texts=1).fit(TEXTS)
    assert vectorizer.transform([]) == []
    (row,) = vectorizer.transform([""])
    assert [part.tolist() for part in row] == [[0], [0]]
    assert not vectorizer.known(row)
