import pytest

from lib import data
from lib.splits import DataError


def test_unknown_name_says_what_there_is():
    with pytest.raises(ValueError, match=r"'amazon'.*load_csv"):
        data.load("amazon")


def write_csv(path, lines, encoding="utf-8"):
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def good_lines(n=60):
    return ["review,label"] + [f"this is text number {i} é,{'ab'[i % 2]}" for i in range(n)]


def test_csv_of_ones_own(tmp_path):
    lines = [*good_lines(), ",a", "no label here,", '"   ",b']
    split = data.load_csv(write_csv(tmp_path / "mine.csv", lines), text="review", label="label")
    assert split.label_names == ("a", "b")
    assert split.bad_rows == [(62, "empty text"), (63, "empty label"), (64, "empty text")]
    assert len(split.train) + len(split.validation) + len(split.test) == 60
    assert split.report["read"] == 63


@pytest.mark.parametrize(
    ("lines", "encoding", "message"),
    [
        (["text,label", "a,b"], "utf-8", r"no column \['review'\]; it has \['text', 'label'\]"),
        (good_lines(), "latin-1", "is not utf-8.*latin-1"),
        (["review,label"] + [f"text number {i},same" for i in range(50)], "utf-8", "two classes"),
        (["review,label", ",", ","], "utf-8", "no usable row"),
        ([""], "utf-8", "is empty"),
    ],
)
def test_bad_csv_is_one_clear_line(tmp_path, lines, encoding, message):
    path = write_csv(tmp_path / "bad.csv", lines, encoding)
    with pytest.raises(DataError, match=message) as raised:
        data.load_csv(path, text="review", label="label")
    assert "\n" not in str(raised.value)


def test_missing_csv(tmp_path):
    with pytest.raises(DataError, match=r"no file .*nothing\.csv"):
        data.load_csv(tmp_path / "nothing.csv", text="a", label="b")


def test_csv_encoding_can_be_named(tmp_path):
    path = write_csv(tmp_path / "latin.csv", good_lines(), "latin-1")
    split = data.load_csv(path, text="review", label="label", encoding="latin-1")
    assert "é" in split.train.texts[0]
