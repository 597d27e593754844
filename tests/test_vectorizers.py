import json

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from lib import text
from lib.vectorizers import PADDING, UNKNOWN, NgramVectorizer, SequenceVectorizer

TEXTS = ["a good film", "a bad film", "a good good story", "an odd thing"]


def fitted(**options):
    return SequenceVectorizer(**options).fit(TEXTS)


def test_ids_are_by_frequency_and_two_are_reserved():
    vectorizer = fitted()
    assert vectorizer.vocabulary[:3] == ["a", "good", "film"]
    assert vectorizer.transform(["good a zebra"])[0].tolist() == [3, 2, UNKNOWN]


def test_vocabulary_size_counts_the_reserved_ids():
    vectorizer = fitted(vocabulary_size=5)
    assert len(vectorizer.vocabulary) == 3
    assert max(row.max() for row in vectorizer.transform(TEXTS)) <= 4


@pytest.mark.parametrize(
    ("truncation", "kept"), [("head", "abcde"), ("tail", "fghij"), ("head+tail", "abcij")]
)
def test_truncation_is_as_stated(truncation, kept):
    letters = "abcdefghij"
    vectorizer = SequenceVectorizer(max_length=5, truncation=truncation).fit([" ".join(letters)])
    ids = vectorizer.transform([" ".join(letters)])[0]
    assert "".join(vectorizer.vocabulary[i - 2] for i in ids) == kept


def test_padding_comes_last():
    batch = fitted().collate([np.array([5, 6, 7], "int32"), np.array([4], "int32")])
    assert batch.tolist() == [[5, 6, 7], [4, PADDING, PADDING]]
    assert batch.dtype == "int32"


def test_empty_and_unknown_texts_are_one_unknown_word():
    vectorizer = fitted()
    assert [row.tolist() for row in vectorizer.transform(["", "<br />", "zyx"])] == [[UNKNOWN]] * 3
    assert not vectorizer.known(vectorizer.transform([""])[0])
    assert vectorizer.known(vectorizer.transform(["film"])[0])


def test_bad_options_are_refused():
    with pytest.raises(ValueError, match="middle"):
        SequenceVectorizer(truncation="middle")
    with pytest.raises(ValueError, match="bm25"):
        NgramVectorizer(weighting="bm25")


@pytest.mark.parametrize(
    "vectorizer",
    [
        fitted(cleaning="classic", max_length=3),
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


def test_tfidf_is_that_of_scikit_learn():
    ours = NgramVectorizer(min_texts=1, max_features=1000).fit(TEXTS)
    theirs = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\S+", sublinear_tf=True).fit(
        text.clean(TEXTS)
    )
    new = ["a good good film", "an odd story"]
    assert ours.vocabulary == theirs.get_feature_names_out().tolist()
    difference = ours.matrix(new) - theirs.transform(text.clean(new))
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


def test_padding_in_front_goes_to_the_full_length():
    vectorizer = SequenceVectorizer(max_length=6, padding="pre").fit(["good film", "bad film"])
    rows = vectorizer.transform(["good film", "a " * 9 + "bad"])
    batch = vectorizer.collate(rows)
    assert batch.shape == (2, 6)
    assert batch[0].tolist() == [0, 0, 0, 0, *rows[0]]
    assert batch[1].tolist() == rows[1].tolist()
    assert SequenceVectorizer.from_config(vectorizer.get_config()).padding == "pre"
    with pytest.raises(ValueError, match="'left'"):
        SequenceVectorizer(padding="left")


def test_names_left_out_are_unknown_words():
    texts = ["a film by Hanks and with Hanks, good"] * 3
    kept = SequenceVectorizer().fit(texts)
    out = SequenceVectorizer(names="out").fit(iter(texts))
    assert set(kept.vocabulary) - set(out.vocabulary) == {"hanks"}
    (row,) = out.transform(["good Hanks"])
    assert row.tolist()[1] == 1
    assert out.known(row)
    again = SequenceVectorizer.from_config(out.get_config())
    assert again.transform(texts)[0].tolist() == out.transform(texts)[0].tolist()
    with pytest.raises(ValueError, match="'hide'"):
        SequenceVectorizer(names="hide")


def test_ngrams_that_hold_a_name_are_left_out():
    texts = ["a film by Hanks and with Hanks, good"] * 3
    kept, out = (NgramVectorizer(names=names).fit(texts) for names in ("keep", "out"))
    lost = set(kept.vocabulary) - set(out.vocabulary)
    assert lost == {"hanks", "by hanks", "hanks and", "with hanks", "hanks good"}
    assert set(out.vocabulary) < set(kept.vocabulary)
    assert NgramVectorizer(names="out", max_features=2).fit(texts).vocabulary == ["a", "a film"]
    with pytest.raises(ValueError, match="'hide'"):
        NgramVectorizer(names="hide")
