import numpy as np
import pytest

from lib.evaluation import behaviour

REVIEWS = [f"I saw this movie number {i} with friends, and the actors were fine." for i in range(9)]


@pytest.fixture(scope="module")
def cases():
    return behaviour.suite(REVIEWS)


def answers(cases, positive):
    """Probabilities from a rule that gives the probability of *positive*."""
    scores = np.array([positive(text) for text in behaviour.texts(cases)], dtype=float)
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
    asked = behaviour.texts(cases)
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
    assert behaviour.suite(REVIEWS) == cases
    assert behaviour.suite(REVIEWS, seed=1) != cases


def test_a_constant_answer_passes_where_nothing_should_change(cases):
    failed = behaviour.failures(cases, answers(cases, lambda text: 0.9))
    assert failed["negated praise"] == 1
    assert failed["negated blame"] == 0
    assert failed["contrast"] == 0.5
    for test in ("intensifier", "neutral word swapped", "typing errors", "aside added"):
        assert failed[test] == 0


def test_failures_are_those_of_the_rule(cases):
    failed = behaviour.failures(cases, answers(cases, lambda text: "film" in text))
    assert failed["neutral word swapped"] == 1
    assert failed["aside added"] == failed["typing errors"] == 0
    weaker = behaviour.failures(cases, answers(cases, lambda t: 0.5 if "very" in t else 0.9))
    assert weaker["intensifier"] == pytest.approx(1 / 8)  # one of four words, one of two classes


def test_a_review_of_odd_words_survives():
    for odd in ("", "a b", "!!! 12 €€"):
        assert behaviour.suite([odd])


def test_probe_pairs_hold_the_same_words():
    by_kind = {}
    for name, text, expected in behaviour.PROBES:
        by_kind.setdefault(name.split(",")[0], []).append((text.split(), expected))
    for kind in ("negation", "contrast"):
        (one, yes), (two, no) = by_kind[kind]
        stripped = [sorted(w.strip(".,") for w in words) for words in (one, two)]
        assert stripped[0] == stripped[1]
        assert {yes, no} == {0, 1}


def test_probe_asks_every_sentence():
    found = behaviour.probe(lambda texts: np.tile([0.25, 0.75], (len(texts), 1)))
    assert [p["text"] for p in found] == [text for _, text, _ in behaviour.PROBES]
    assert all(p["probability"] == 0.75 for p in found)
    assert found[3]["expected"] == 0
    assert behaviour.probe(lambda texts: None, ()) == []
