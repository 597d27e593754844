import numpy as np

from lib.data.dataset import Split, text_key


def test_key_ignores_tags_case_accents_and_punctuation():
    assert text_key("<br />Café, NICE!!") == text_key("cafe nice")
    assert text_key("cafe nice") != text_key("cafe mice")
    assert text_key("<br /> ... ") == 0


def test_what_belongs_to_the_texts_is_taken_along():
    split = Split(["a", "b", "c"], np.array([0, 1, 0]))
    taken = split.take(np.array([2, 0]))
    assert (taken.texts, taken.labels.tolist(), taken.targets) == (["c", "a"], [0, 0], None)
    soft = Split(split.texts, split.labels, np.eye(3, dtype="float32"))
    assert soft.take(np.array([1])).targets.tolist() == [[0, 1, 0]]
