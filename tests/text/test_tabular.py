import json

import numpy as np
import pytest

from lib.text import TableVectorizer

ROWS = [
    {"age": 40, "balance": 1.5e5, "country": "Spain", "name": "x"},
    {"age": "31", "balance": 0, "country": "France", "name": "y"},
]


@pytest.fixture
def vectorizer():
    return TableVectorizer(numbers=["age", "balance"], categories=["country"]).fit(ROWS)


def test_a_row_is_its_numbers_and_the_index_of_each_category(vectorizer):
    batch = vectorizer.collate(vectorizer.transform(ROWS))
    assert batch.tolist() == [[40, 150_000, 1], [31, 0, 0]]
    assert batch.dtype == "float32"
    assert vectorizer.vocabulary == ["age", "balance", "country=France", "country=Spain"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"country": "Mars"}, r"Row 1: country='Mars' is not one of \['France', 'Spain'\]"),
        ({"age": "old"}, "Row 1: age='old' is no number"),
        ({"age": None}, "Row 1: "),
        ({"age": float("nan")}, "Row 1 holds a number that is missing"),
        ({"balance": float("inf")}, "infinite"),
        ({"balance": 1e300}, "infinite"),
    ],
)
def test_a_bad_value_is_said(vectorizer, changed, said):
    with pytest.raises(ValueError, match=said):
        vectorizer.transform([ROWS[0], ROWS[1] | changed])


def test_a_missing_column_and_a_single_row_are_said(vectorizer):
    with pytest.raises(ValueError, match=r"Row 0 has no column \['balance', 'country'\]"):
        vectorizer.transform([{"age": 3}])
    with pytest.raises(TypeError, match=r"\[row\]"):
        vectorizer.transform(ROWS[0])


def test_config_goes_through_json(vectorizer):
    again = TableVectorizer.from_config(json.loads(json.dumps(vectorizer.get_config())))
    for one, two in zip(again.transform(ROWS), vectorizer.transform(ROWS), strict=True):
        assert np.array_equal(one, two)
