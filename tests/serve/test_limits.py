import pytest

pytest.importorskip("fastapi", reason="needs requirements-serve.txt")

from fastapi import HTTPException

from lib.serve import limits
from lib.serve.limits import Ask, check_texts


def test_texts_are_checked_for_number_and_length():
    assert check_texts(["one", ""]) == ["one", ""]
    for texts, line in (
        ([], "at least one"),
        (["x"] * 257, "257 are too many, the most is 256"),
        (["fine", "w " * 20_001], "texts.1: 20,001 words are too many, the most is 20,000"),
    ):
        with pytest.raises(HTTPException, match=line) as refused:
            check_texts(texts)
        assert refused.value.status_code == 422


def test_a_request_is_one_text_or_a_list_and_nothing_else():
    assert Ask.model_validate_json('{"texts": "one"}').texts == "one"
    assert Ask.model_validate_json('{"texts": ["a"], "model": "imdb/gru"}').model == "imdb/gru"
    for body in ('{"texts": 3}', '{"texts": [1]}', '{"texts": "a", "file": "/etc/passwd"}', "{}"):
        with pytest.raises(ValueError, match="validation error"):
            Ask.model_validate_json(body)
    assert limits.BODY == 1_000_000
