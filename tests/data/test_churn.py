import csv

import pytest

from lib import data
from lib.data import churn, synthetic
from lib.data.dataset import DataError

HEADER = ["RowNumber", "CustomerId", "Surname", *churn.NUMBERS, *churn.CATEGORIES, churn.TARGET]


def write(folder, rows, header=HEADER):
    with (folder / churn.FILE).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def good(count=400):
    rows = []
    for number, features, label in synthetic.customers()[:count]:
        values = [features[name] for name in (*churn.NUMBERS, *churn.CATEGORIES)]
        rows.append([len(rows), f"c{number}", "Nobody", *values, label])
    return rows


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PROFILE", "full")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setattr(data.paths, "SHIPPED_DATA", tmp_path / "shipped")
    return tmp_path


def test_the_split_is_stratified_and_independent_of_the_order(folder):
    write(folder, good())
    dataset = data.load("churn")
    write(folder, good()[::-1])
    again = data.load("churn")
    assert again.fingerprint == dataset.fingerprint
    assert again.test.texts == dataset.test.texts
    assert [len(p) for p in (dataset.test, dataset.validation, dataset.train)] == [80, 32, 288]
    shares = [p.labels.mean() for p in (dataset.train, dataset.validation, dataset.test)]
    assert max(shares) - min(shares) < 0.03
    assert set(dataset.train.texts[0]) == {*churn.NUMBERS, *churn.CATEGORIES}


def test_bad_rows_are_counted_by_reason(folder):
    rows = good()
    at = {name: HEADER.index(name) for name in HEADER}
    spoil = [
        ("Exited", "2", "unknown label"),
        ("CustomerId", "c1", "repeated customer"),
        ("Age", "old", "not a number"),
        ("Balance", "nan", "not a number"),
        ("Geography", "", "empty value"),
        ("Geography", "Espa\ufffda", "not UTF-8"),
    ]
    for row, (column, value, _) in zip(rows[10:], spoil, strict=False):
        row[at[column]] = value
    rows[30] += ["more"]
    rows[31] = rows[31][:-1]
    write(folder, rows)
    dataset = data.load("churn")
    expected = [why for *_, why in spoil] + ["extra column", "missing column"]
    assert [why for _, why in dataset.bad_rows] == expected
    assert dataset.bad_rows[0][0] == 12  # the header is row 1
    assert dataset.report["read"] == 400
    assert dataset.report["not a number"] == 2


def test_files_that_are_of_no_use_are_refused(folder):
    with pytest.raises(DataError, match=r"Churn_Modelling\.csv is not in .*Kaggle"):
        data.load("churn")
    write(folder, good(), header=[name.lower() for name in HEADER])
    with pytest.raises(DataError, match="has no column"):
        data.load("churn")
    write(folder, [])
    with pytest.raises(DataError, match="no usable row: it is empty"):
        data.load("churn")
    write(folder, [[*row[:-1], 0] for row in good(60)])
    with pytest.raises(DataError, match=r"20 usable rows; got \[60, 0\]"):
        data.load("churn")
