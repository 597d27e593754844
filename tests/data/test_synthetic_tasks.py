import pytest

from lib import data, demo_tasks, emotions, newsgroups, tweets

MAKERS = [
    (demo_tasks.post_rows, newsgroups.GROUPS),
    (demo_tasks.feeling_rows, emotions.LABELS),
    (demo_tasks.tweet_rows, tweets.LABELS),
]


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


def test_headers_and_signatures_give_posts_away():
    rows = demo_tasks.post_rows(newsgroups.GROUPS)
    own = [newsgroups.GROUPS[row.label].split(".")[-1] for row in rows]
    whole = sum(name in row.text for name, row in zip(own, rows, strict=True))
    stripped = sum(name in newsgroups.strip(r.text) for name, r in zip(own, rows, strict=True))
    assert whole == len(rows) > 2 * stripped
