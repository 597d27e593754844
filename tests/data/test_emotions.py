import pytest

from lib import data
from lib.data import emotions
from lib.data.dataset import DataError

SAID = {
    label: [f"i feel {label} for reason {word}" for word in "abcdefghijklmnop"]
    for label in emotions.LABELS
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PROFILE", "full")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setattr(data.paths, "SHIPPED_DATA", tmp_path / "shipped")
    inside = tmp_path / "emotion"
    inside.mkdir()
    for name, part in (
        ("train.txt", slice(12)),
        ("val.txt", slice(12, 14)),
        ("test.txt", slice(14, 16)),
    ):
        lines = [f"{text};{label}" for label, texts in SAID.items() for text in texts[part]]
        (inside / name).write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def test_official_parts_are_kept(folder):
    dataset = data.load("emotions")
    assert [len(part) for part in (dataset.train, dataset.validation, dataset.test)] == [72, 12, 12]
    assert dataset.label_names == emotions.LABELS
    for text, label in zip(dataset.validation.texts, dataset.validation.labels, strict=True):
        assert f"feel {emotions.LABELS[label]} " in text
        assert text.split()[-1] in ("m", "n")


def test_bad_rows_are_counted_by_reason(folder):
    with (folder / "emotion" / "train.txt").open("ab") as file:
        file.write(b"\nno label here\nodd;rage\n  ;joy\nbroken \xff byte;joy\na; b ;joy")
    dataset = data.load("emotions")
    reasons = {reason for _, reason in dataset.bad_rows}
    assert reasons == {"no semicolon", "unknown label", "empty text", "not UTF-8"}
    assert dataset.bad_rows[0] == ("train.txt:73", "no semicolon")
    assert dataset.report["not UTF-8"] == 1
    assert dataset.report["read"] == 96 + 5
    assert "a; b " in dataset.train.texts + dataset.validation.texts


def test_a_file_without_a_usable_row_is_an_error(folder):
    (folder / "emotion" / "val.txt").write_text("x;rage\ny;rage\n")
    with pytest.raises(DataError, match=r"val\.txt has no usable row: .*'unknown label': 2"):
        data.load("emotions")
    (folder / "emotion" / "val.txt").write_text("")
    with pytest.raises(DataError, match="it is empty"):
        data.load("emotions")


def test_missing_files_say_where_to_get_them(folder, tmp_path, monkeypatch):
    (folder / "emotion" / "val.txt").unlink()
    with pytest.raises(DataError, match=r"has no val\.txt\. Get the three files from Kaggle"):
        data.load("emotions")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match="PROFILE=demo"):
        data.load("emotions")
