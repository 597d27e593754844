import numpy as np
import pytest

from lib import checklist

REVIEWS = [f"I saw this movie number {i} with friends, and the actors were fine." for i in range(9)]


@pytest.fixture(scope="module")
def cases():
    return checklist.suite(REVIEWS)


def answers(cases, positive):
    """Probabilities from a rule that gives the probability of *positive*."""
    scores = np.array([positive(text) for text in checklist.texts(cases)], dtype=float)
    return np.stack([1 - scores, scores], axis=1)


def test_every_kind_is_there_and_no_text_is_asked_twice(cases):
    assert {case.test for case in cases} == {
        "negated praise",
        "negated blame",
        "contrast",
        "intensifier",
        "neutral word swapped",
        "typing errors",
        "aside added",
    }
    asked = checklist.texts(cases)
    assert len(asked) == len(set(asked))
    assert {case.text for case in cases} <= set(asked)


def test_changes_are_small_and_real(cases):
    for case in cases:
        if case.plain:
            assert case.text != case.plain
        if case.test == "typing errors":
            assert sorted(case.text) == sorted(case.plain)
            assert case.text.split(" ")[0] == case.plain.split(" ")[0]
        if case.test == "aside added":
            assert case.text.startswith(case.plain)


def test_the_same_seed_draws_the_same(cases):
    assert checklist.suite(REVIEWS) == cases
    assert checklist.suite(REVIEWS, seed=1) != cases


def test_a_constant_answer_passes_where_nothing_should_change(cases):
    failed = checklist.failures(cases, answers(cases, lambda text: 0.9))
    assert failed["negated praise"] == 1
    assert failed["negated blame"] == 0
    assert failed["contrast"] == 0.5
    for test in ("intensifier", "neutral word swapped", "typing errors", "aside added"):
        assert failed[test] == 0


def test_failures_are_those_of_the_rule(cases):
    failed = checklist.failures(cases, answers(cases, lambda text: "film" in text))
    assert failed["neutral word swapped"] == 1
    assert failed["aside added"] == failed["typing errors"] == 0
    weaker = checklist.failures(cases, answers(cases, lambda t: 0.5 if "very" in t else 0.9))
    assert weaker["intensifier"] == pytest.approx(1 / 8)  # one of four words, one of two classes


def test_a_review_of_odd_words_survives():
    for odd in ("", "a b", "!!! 12 €€"):
        assert checklist.suite([odd])
