import pytest

from lib import data
from lib.data.dataset import DataError


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
        (["review;label", "a;b"], "utf-8", r"it has \['review;label'\], separated by ','"),
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


# What spreadsheets and scrapers put into CSV files.


def load(path, **options):
    return data.load_csv(path, text="review", label="label", **options)


def test_texts_and_labels_that_look_like_missing_values_are_kept(tmp_path):
    """pandas takes them for missing, and their rows were dropped."""
    lines = ["review,label"]
    lines += [f"{word} {i},{label}" for i in range(15) for word, label in
              (("fine", "None"), ("so so", "NA"), ("bad", "null"))]  # fmt: skip
    lines += ["None,NA", "null,None", "nan,null"]
    dataset = load(write_csv(tmp_path / "mine.csv", lines))
    assert dataset.label_names == ("NA", "None", "null")
    assert dataset.bad_rows == []
    texts = [*dataset.train.texts, *dataset.validation.texts, *dataset.test.texts]
    assert {"None", "null", "nan"} <= set(texts)


def test_rows_of_another_width_are_counted_and_shift_no_number(tmp_path):
    """pandas skipped those that were too long, uncounted, and later numbers were off."""
    lines = good_lines(40)
    lines[5] = '"a text, in quotes\nwith a line break",a'
    lines.insert(9, "too,many,fields")
    lines.insert(12, "too few")
    lines.insert(20, ",b")
    dataset = load(write_csv(tmp_path / "mine.csv", lines))
    assert dataset.bad_rows == [(10, "extra column"), (13, "missing column"), (21, "empty text")]
    assert dataset.report["read"] == 43


@pytest.mark.parametrize("name", ["imdb", "IMDB", "tweets", "churn"])
def test_a_file_called_as_a_data_set_is_not_that_data_set(tmp_path, name):
    """Publishing a model of it would have overwritten models/imdb/."""
    dataset = load(write_csv(tmp_path / f"{name}.csv", good_lines()))
    assert dataset.name == f"{name}_csv"
    assert dataset.name not in data.LOADERS


@pytest.mark.parametrize(
    ("stem", "name"),
    [("my reviews", "my-reviews"), ("..hidden", "hidden"), ("été", "ete"), ("日本", "csv")],
)
def test_a_data_sets_name_is_safe_as_a_folders(tmp_path, stem, name):
    assert load(write_csv(tmp_path / f"{stem}.csv", good_lines())).name == name


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path):
    assert len(load(write_csv(tmp_path / "excel.csv", good_lines(), "utf-8-sig")).train) > 40


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("\n".join(good_lines()).encode("utf-16"), "is not utf-8.*try the encoding 'utf-16'"),
        ("\n".join(good_lines()).encode("latin-1"), "is not utf-8.*try the encoding 'latin-1'"),
        (b"PK\x03\x04\xff\xfe" + bytes(100), "is an archive or a workbook"),
        (b'review,label\ngood,a\n"never closed,b\n' + b"x,b\n" * 50, "never closed"),
        (b"review,label\n" + b"x" * (2**24 + 9) + b",a\n", "row 2: field larger"),
    ],
)
def test_what_is_no_csv_in_utf_8_is_said_in_one_line(tmp_path, content, message):
    (tmp_path / "odd.csv").write_bytes(content)
    with pytest.raises(DataError, match=message) as raised:
        load(tmp_path / "odd.csv")
    assert "\n" not in str(raised.value)


def test_a_folder_and_something_else_are_no_file(tmp_path):
    with pytest.raises(DataError, match="can't be read"):
        load(tmp_path)
    with pytest.raises(DataError, match="path of a CSV file, not a list"):
        load([tmp_path])
    with pytest.raises(DataError, match="no encoding 'utf-9'"):
        load(write_csv(tmp_path / "mine.csv", good_lines()), encoding="utf-9")
