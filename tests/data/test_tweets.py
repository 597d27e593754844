import pytest

from lib import data
from lib.data import tweets
from lib.data.dataset import DataError


def line(number, label, text):
    return f"{number}\t{label}\t{text}"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two years of twenty tweets a class, and a test file of three."""
    monkeypatch.setenv("PROFILE", "full")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setattr(data.paths, "SHIPPED_DATA", tmp_path / "shipped")
    inside = tmp_path / tweets.FOLDER
    inside.mkdir()
    for year in (2013, 2016):
        lines = [
            line(f"{year}{i:02}{n}", label, f"{label} tweet {i} of {year}")
            for n, label in enumerate(tweets.LABELS)
            for i in range(20)
        ]
        (inside / f"twitter-{year}train-A.tsv").write_text("\n".join(lines))
    lines = [line(i, label, f"{label} test") for i, label in enumerate(tweets.LABELS)]
    (inside / tweets.TEST).write_text("\n".join(lines))
    return inside


def add(folder, *lines):
    with (folder / "twitter-2016train-A.tsv").open("ab") as file:
        for content in lines:
            file.write(b"\n" + (content if isinstance(content, bytes) else content.encode()))


def test_years_train_and_the_last_one_tests(folder):
    dataset = data.load("tweets")
    assert len(dataset.train) + len(dataset.validation) == 120
    assert sorted(dataset.test.texts) == ["negative test", "neutral test", "positive test"]
    for text, label in zip(dataset.train.texts, dataset.train.labels, strict=True):
        assert text.startswith(tweets.LABELS[label])


def test_the_latest_tenth_validates(folder):
    dataset = data.load("tweets")
    assert sorted(dataset.validation.texts) == sorted(
        f"{label} tweet {i} of 2016" for label in tweets.LABELS for i in range(16, 20)
    )


def test_a_repeated_tweet_counts_once_and_not_at_all_if_labels_differ(folder):
    add(folder, line("2013000", "negative", "negative tweet 0 of 2013"))
    add(folder, line("2013002", "negative", "positive tweet 0 of 2013"))
    dataset = data.load("tweets")
    assert dataset.report["repeated"] == 1
    assert dataset.report["repeated with another label"] == 2
    texts = dataset.train.texts + dataset.validation.texts
    assert texts.count("negative tweet 0 of 2013") == 1
    assert "positive tweet 0 of 2013" not in texts


def test_bad_rows_are_counted_by_reason(folder):
    add(
        folder,
        "1 neutral no tabs",
        line("T14", "neutral", "an odd number"),
        line("9001", "happy", "odd label"),
        line("9002", "neutral", "a date\tWed Jul 29"),
        line("9003", "neutral", "  "),
        b"9004\tneutral\tbroken \xff",
        line("9005", "neutral", "trailing tabs are harmless\t\t"),
    )
    dataset = data.load("tweets")
    reasons = [reason for _, reason in dataset.bad_rows]
    assert reasons == [
        "missing tab",
        "not a tweet's number",
        "unknown label",
        "extra column",
        "empty text",
        "not UTF-8",
    ]
    assert dataset.bad_rows[0][0] == "twitter-2016train-A.tsv:61"
    assert "trailing tabs are harmless" in dataset.train.texts + dataset.validation.texts


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"Plus\u002c it\u2019s late", "Plus, it’s late"),
        (r"grin \ud83d\ude00!", "grin 😀!"),
        (r"half \ud83d", "half \ufffd"),
        ('"he said ""no"", twice"', 'he said "no", twice'),
        ('"', '"'),
        ("R&amp;B &lt;3", "R&B <3"),
        (r"a\b \u12", r"a\b \u12"),
    ],
)
def test_plain_undoes_the_file_format(written, meant):
    assert tweets.plain(written) == meant


def test_missing_files_say_where_to_get_them(folder):
    (folder / tweets.TEST).unlink()
    with pytest.raises(DataError, match=r"lacks SemEval2017.* Get them from https"):
        data.load("tweets")


def test_a_file_without_a_usable_row_is_an_error(folder):
    (folder / tweets.TEST).write_text("1 neutral no tab")
    with pytest.raises(DataError, match=r"no usable row: .*'missing tab': 1"):
        data.load("tweets")


def test_emoticons_and_emoji_keep_tweets_apart(folder):
    """They were the same text to the search for repeats, whatever face they made."""
    add(folder, line("1", "positive", "love this :)"), line("2", "negative", "love this :("))
    add(folder, line("3", "positive", "😍😍"), line("4", "negative", "😡"))
    add(folder, line("5", "positive", "Love this! :-)"))
    dataset = data.load("tweets")
    texts = dataset.train.texts + dataset.validation.texts
    assert {"love this :(", "😍😍", "😡"} <= set(texts)
    assert ("love this :)" in texts) != ("Love this! :-)" in texts)  # but for the nose the same
    assert "same text with another label" not in dataset.report
    assert "empty after cleaning" not in dataset.report
    assert dataset.report["repeated in train"] == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("ok :)", "ok :-)", True),
        ("ok :) :)", "OK :)!", True),
        ("ok :)", "ok ;)", False),
        ("ok", "ok 😀", False),
        ("see http://t.co/a", "see http://t.co/a :/", False),
        ("at 10:30", "at 10:30!", True),
    ],
)
def test_which_tweets_count_as_the_same(one, other, same):
    assert (tweets.key(one) == tweets.key(other)) == same
