import gzip

import numpy as np
import pytest
from gensim.models import KeyedVectors

from lib.text.vectors import VectorsError, read_vectors

GLOVE = "good 0.1 0.2 0.3\nbad -0.1 -0.2 -0.3\n. . 1 2 3\n"


@pytest.fixture
def write(tmp_path):
    def written(name, content):
        path = tmp_path / name
        content = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return written


@pytest.mark.parametrize("name", ["glove.txt", "glove.txt.gz"])
def test_glove_without_a_header(write, name):
    vectors, bad = read_vectors(write(name, GLOVE))
    assert vectors.index_to_key == ["good", "bad", ". ."]  # a word with a space
    assert vectors["bad"] == pytest.approx([-0.1, -0.2, -0.3])
    assert bad == []


def test_fasttext_and_word2vec_text_with_a_header(write):
    vectors, bad = read_vectors(write("wiki.vec", f"3 3\n{GLOVE}"))
    assert len(vectors) == 3
    assert bad == []


def test_a_bad_first_line_does_not_decide_how_many_numbers_a_word_has(write):
    vectors, bad = read_vectors(write("glove.txt", "the 0.1\n" + GLOVE))
    assert vectors.index_to_key == ["good", "bad", ". ."]
    assert bad == [(1, "1 numbers instead of 3")]


@pytest.mark.parametrize("name", ["w.bin", "w.bin.gz"])
def test_word2vec_binary(tmp_path, write, name):
    made = KeyedVectors(2)
    made.add_vectors(["good", "bad"], np.array([[1, 2], [3, 4]], "float32"))
    made.save_word2vec_format(tmp_path / "plain", binary=True)
    vectors, _ = read_vectors(write(name, (tmp_path / "plain").read_bytes()))
    assert vectors["bad"].tolist() == [3, 4]


def test_only_words_that_are_wanted_are_kept(write):
    vectors, _ = read_vectors(write("glove.txt", GLOVE), words={"bad", "other"})
    assert vectors.index_to_key == ["bad"]


def test_bad_lines_are_told_and_the_others_kept(write):
    lines = b"good 1 2 3\nshort 1 2\nodd 1 x 3\n\xff\xfe 1 2 3\nnan nan 1 2\n 1 2 3\nbad 4 5 6\n"
    vectors, bad = read_vectors(write("glove.txt", lines))
    assert vectors.index_to_key == ["good", "bad"]
    assert [number for number, _ in bad] == [2, 3, 4, 5, 6]
    reasons = [reason for _, reason in bad]
    assert reasons[:3] == ["2 numbers instead of 3", "not numbers", "not UTF-8"]
    assert reasons[4] == "no word"


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("glove.txt", "", "holds no vector"),
        ("glove.txt", "good x y\n", "line 1: not numbers"),
        ("w.bin", b"no such thing", "no word2vec file"),
    ],
)
def test_files_that_cannot_be_used_are_one_line(write, name, content, line):
    with pytest.raises(VectorsError, match=line) as caught:
        read_vectors(write(name, content))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_cut_off_or_missing(tmp_path, write):
    path = write("glove.txt.gz", GLOVE * 500)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(VectorsError, match="to its end"):
        read_vectors(path)
    with pytest.raises(VectorsError, match="There is no file"):
        read_vectors(tmp_path / "none.txt")
