import numpy as np
import pytest

from lib.data import counterfactual, imdb
from lib.data.dataset import DataError, text_key

ROWS = "Sentiment\tText\tbatch_id\nNegative\tA dull one.\t4\nPositive\tA fine one.\t4\n"
ROWS += "Negative\tI slept well.\t9\nPositive\tI laughed well.\t9\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two pairs; the original of the first is the negative one, of the second the positive."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    keys = np.array([text_key("A dull one."), text_key("I laughed well.")], dtype="uint64")
    monkeypatch.setattr(imdb, "hashes", lambda: {"counterfactual": keys})
    (tmp_path / "test_paired.tsv").write_text(ROWS)
    return tmp_path


def test_the_original_comes_first_with_its_label(folder):
    assert counterfactual.read() == [
        counterfactual.Pair("A dull one.", "A fine one.", 0),
        counterfactual.Pair("I laughed well.", "I slept well.", 1),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (ROWS.encode() + "Positive\tcaf\u00e9\t10\n".encode("latin-1"), "is not utf-8"),
        (ROWS.replace("Text", "Review").encode(), "no column"),
        (ROWS.encode() + b"Negative\talone\t10\n", "batch 10 is no pair"),
        (ROWS.replace("Positive", "Neutral").encode(), "batch 4 is no pair"),
    ],
)
def test_a_bad_file_is_said_in_one_line(folder, content, said):
    (folder / "test_paired.tsv").write_bytes(content)
    with pytest.raises(DataError, match=said):
        counterfactual.read()
