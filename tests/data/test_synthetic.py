import random
from collections import Counter

from lib import demo, text


def test_same_seed_same_corpus():
    assert demo.imdb_rows() == demo.imdb_rows()
    assert demo.imdb_rows(seed=1)[:50] != demo.imdb_rows(seed=2)[:50]


def test_corpus_carries_what_reviews_carry():
    texts = " ".join(row.text for row in demo.imdb_rows())
    for part in ("<br />", "http://", "🍿", "not ", "wasn't", "but ", "absolutely ", "wrong."):
        assert part in texts, part


def test_words_of_praise_say_little_by_themselves():
    """Praise and blame occur about equally often in both classes."""
    counts = {0: Counter(), 1: Counter()}
    for row in demo.imdb_rows():
        counts[row.label].update(text.light(row.text).split())
    praise = {label: sum(c[w] for w in demo.GOOD) for label, c in counts.items()}
    blame = {label: sum(c[w] for w in demo.BAD) for label, c in counts.items()}
    for label in (0, 1):
        assert 0.55 < praise[label] / blame[label] < 1.8


def test_verdict_is_in_the_text():
    draw = random.Random(0)
    for _ in range(200):
        contrast = demo._contrast(draw, 1)
        last = contrast.rstrip(".").split()[-1]
        assert last in demo.GOOD


def test_pairs_differ_in_one_word_that_says_the_label():
    pairs = demo.pairs()
    assert demo.pairs() == pairs
    assert {pair.label for pair in pairs} == {0, 1}
    for pair in pairs:
        before, after = pair.original.split(), pair.edited.split()
        ((old, new),) = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
        good, bad = (old, new) if pair.label else (new, old)
        assert good.strip(".") in demo.GOOD
        assert bad.strip(".") in demo.BAD
