import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.text import WordPieceVectorizer, untagged

SENTENCES = ["a good film, not a bad one", "the worst ending of all"]
ODD = [
    "",
    " ",
    "\x00",
    "né naïve café",
    "👍🏽 5/5",
    "<br /><br />end",
    "&amp; so",
    "电影 好",
    "a" * 300,
]


@pytest.fixture
def vectorizer(wordpieces):
    return WordPieceVectorizer(tokenizer=wordpieces.to_str(), max_length=12)


def test_ids_are_those_of_the_tokenizers_library(wordpieces, dataset):
    vectorizer = WordPieceVectorizer(tokenizer=wordpieces.to_str(), max_length=5_000)
    texts = [*ODD, *dataset.train.texts[: 1_000 - len(ODD)]]
    assert len(texts) == 1_000
    expected = [wordpieces.encode(untagged(content)).ids for content in texts]
    assert [row.tolist() for row in vectorizer.transform(texts)] == expected


@settings(deadline=None, max_examples=50)
@given(content=st.text(max_size=200))
def test_every_string_becomes_a_row(wordpieces, content):
    vectorizer = WordPieceVectorizer(tokenizer=wordpieces.to_str(), max_length=20)
    (row,) = vectorizer.transform([content])
    assert row.dtype == "int32"
    assert 2 <= len(row) <= 20
    assert (row[0], row[-1]) == (vectorizer.first, vectorizer.last)


@pytest.mark.parametrize("truncation", ["head", "tail", "head+tail"])
def test_truncation_keeps_the_special_ids_outside(wordpieces, truncation):
    options = {"tokenizer": wordpieces.to_str(), "truncation": truncation}
    content = "good " * 10 + "bad " * 10 + "film " * 10
    (row,) = WordPieceVectorizer(max_length=12, **options).transform([content])
    whole = WordPieceVectorizer(max_length=99, **options).transform([content])[0][1:-1]
    expected = {"head": whole[:10], "tail": whole[-10:], "head+tail": [*whole[:5], *whole[-5:]]}
    assert row[1:-1].tolist() == list(expected[truncation])
    assert len(row) == 12


def test_a_text_of_ten_thousand_words_is_cut(vectorizer):
    (row,) = vectorizer.transform(["good " * 10_000])
    assert len(row) == 12


def test_a_tokenizers_own_truncation_and_padding_are_ignored(wordpieces, vectorizer):
    own = json.loads(wordpieces.to_str())
    own["truncation"] = {"max_length": 4, "strategy": "LongestFirst", "stride": 0}
    own["truncation"]["direction"] = "Right"
    same = WordPieceVectorizer(tokenizer=json.dumps(own), max_length=12)
    assert same.transform(SENTENCES)[0].tolist() == vectorizer.transform(SENTENCES)[0].tolist()


def test_padding_and_the_pieces_of_a_row(vectorizer):
    rows = vectorizer.transform(["good", "not a bad film"])
    batch = vectorizer.collate(rows)
    assert batch[1].tolist() == rows[1].tolist()
    assert batch[0].tolist() == [*rows[0], *[0] * (len(rows[1]) - len(rows[0]))]
    assert vectorizer.read(["good"]) == [["[CLS]", "good", "[SEP]"]]
    assert vectorizer.vocabulary[rows[0][1]] == "good"


def test_known_is_about_more_than_special_pieces(vectorizer):
    empty, strange, good = vectorizer.transform(["", "电", "good"])
    assert not vectorizer.known(empty)
    assert not vectorizer.known(strange)
    assert vectorizer.known(good)


def test_config_goes_through_json(vectorizer):
    again = WordPieceVectorizer.from_config(json.loads(json.dumps(vectorizer.get_config())))
    assert np.array_equal(again.transform(SENTENCES)[1], vectorizer.transform(SENTENCES)[1])


def test_what_is_no_tokenizer_is_refused(wordpieces):
    with pytest.raises(ValueError, match="no tokenizer"):
        WordPieceVectorizer(tokenizer="{}")
    without = wordpieces.to_str().replace("[CLS]", "<s>")
    with pytest.raises(ValueError, match="special tokens"):
        WordPieceVectorizer(tokenizer=without)
    with pytest.raises(ValueError, match="middle"):
        WordPieceVectorizer(tokenizer=wordpieces.to_str(), truncation="middle")


def test_a_long_text_becomes_windows_each_of_its_own(wordpieces):
    one = WordPieceVectorizer(tokenizer=wordpieces.to_str(), max_length=5_000)
    cut = WordPieceVectorizer(tokenizer=wordpieces.to_str(), max_length=40, window=10)
    texts = ["good", "", "a good film, not a bad one " * 3, "the worst ending of all " * 50]
    for whole, row in zip(one.transform(texts), cut.transform(texts), strict=True):
        inner = whole[1:-1].tolist()
        assert len(row) == len(whole) if len(inner) <= 8 else len(row) % 10 == 0
        assert len(row) <= 40
        windows = [row[i : i + 10] for i in range(0, len(row), 10)]
        assert all(w[0] == whole[0] and w[w > 0][-1] == whole[-1] for w in windows)
        read = [int(i) for w in windows for i in w[w > 0][1:-1]]
        assert read == (inner if len(inner) <= 32 else [*inner[:16], *inner[-16:]])
        inside = [len(w[w > 0]) for w in windows]
        assert max(inside) - min(inside) <= 1  # of like length
    batch = cut.collate(cut.transform(texts))
    assert batch.shape == (4, 40)
    assert not cut.known(cut.transform([""])[0])


@pytest.mark.parametrize(("length", "window"), [(40, 12), (40, 2), (40, 80)])
def test_a_window_must_fit_into_the_whole(wordpieces, length, window):
    with pytest.raises(ValueError, match="no multiple of window"):
        WordPieceVectorizer(tokenizer=wordpieces.to_str(), max_length=length, window=window)
