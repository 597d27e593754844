from collections import Counter

import pytest

from lib import data, models, text, training
from lib.data import emotions, newsgroups, synthetic, tweets

MAKERS = [
    (synthetic.post_rows, newsgroups.GROUPS),
    (synthetic.feeling_rows, emotions.LABELS),
    (synthetic.tweet_rows, tweets.LABELS),
]


def test_same_seed_same_reviews():
    assert synthetic.imdb_rows() == synthetic.imdb_rows()
    assert synthetic.imdb_rows(seed=1)[:50] != synthetic.imdb_rows(seed=2)[:50]


def test_reviews_carry_what_reviews_carry():
    texts = " ".join(row.text for row in synthetic.imdb_rows())
    for part in ("<br />", "http://", "🍿", "not ", "wasn't", "but ", "absolutely ", "wrong."):
        assert part in texts, part


def test_words_of_praise_say_little_by_themselves():
    """Praise and blame occur about equally often in both classes."""
    counts = {0: Counter(), 1: Counter()}
    for row in synthetic.imdb_rows():
        counts[row.label].update(text.light(row.text).split())
    praise = {label: sum(c[w] for w in synthetic.GOOD) for label, c in counts.items()}
    blame = {label: sum(c[w] for w in synthetic.BAD) for label, c in counts.items()}
    for label in (0, 1):
        assert 0.55 < praise[label] / blame[label] < 1.8


def test_what_a_contrast_ends_with_is_the_verdict():
    endings = {0: Counter(), 1: Counter()}
    for row in synthetic.imdb_rows():
        for sentence in row.text.split("."):
            if " proved " in sentence:
                endings[row.label][sentence.split()[-1] in synthetic.GOOD] += 1
    assert endings[1][True] > 10 * endings[1][False]  # some labels are wrong
    assert endings[0][False] > 10 * endings[0][True]


def test_pairs_differ_in_one_word_that_says_the_label():
    pairs = synthetic.pairs()
    assert synthetic.pairs() == pairs
    assert {pair.label for pair in pairs} == {0, 1}
    for pair in pairs:
        before, after = pair.original.split(), pair.edited.split()
        ((old, new),) = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
        good, bad = (old, new) if pair.label else (new, old)
        assert good.strip(".") in synthetic.GOOD
        assert bad.strip(".") in synthetic.BAD


@pytest.mark.parametrize(("make", "labels"), MAKERS)
def test_same_seed_same_rows_with_every_label(make, labels):
    rows = make(labels)
    assert rows == make(labels)
    assert rows != make(labels, seed=1)
    assert {row.label for row in rows} == set(range(len(labels)))


@pytest.mark.parametrize("name", sorted(set(data.LOADERS) - {"imdb"}))
def test_every_data_set_has_a_synthetic_stand_in(name):
    dataset = data.load(name)
    assert dataset.synthetic
    assert dataset.name == name
    assert min(len(dataset.train), len(dataset.validation), len(dataset.test)) >= 50
    assert data.load(name).fingerprint == dataset.fingerprint


@pytest.mark.parametrize("name", ["emotions", "tweets", "newsgroups"])
def test_a_baseline_learns_them(name, workspace):
    dataset = data.load(name)
    model = models.build("linear_svm", dataset, max_features=5_000)
    training.fit(model, dataset)
    right = model.predict_logits(dataset.test.texts).argmax(axis=1) == dataset.test.labels
    share = max(Counter(dataset.test.labels.tolist()).values()) / len(dataset.test)
    assert right.mean() > min(0.9, 1.5 * share)


def test_headers_and_signatures_give_posts_away():
    rows = synthetic.post_rows(newsgroups.GROUPS)
    own = [newsgroups.GROUPS[row.label].split(".")[-1] for row in rows]
    whole = sum(name in row.text for name, row in zip(own, rows, strict=True))
    stripped = sum(name in newsgroups.strip(r.text) for name, r in zip(own, rows, strict=True))
    assert whole == len(rows) > 2 * stripped
