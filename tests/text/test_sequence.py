import numpy as np
import pytest

from lib.text.sequence import PADDING, UNKNOWN, SequenceVectorizer

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


def test_a_truncation_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="middle"):
        SequenceVectorizer(truncation="middle")


def test_what_is_read_stands_for_the_ids():
    vectorizer = fitted(max_length=3)
    texts = ["a good good odd film", "", "zebra"]
    assert vectorizer.read(texts) == [["a", "good", "film"], [""], ["zebra"]]
    assert [len(row) for row in vectorizer.transform(texts)] == [3, 1, 1]
