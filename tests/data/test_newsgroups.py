import io
import tarfile

import pytest

from lib import data
from lib.data import newsgroups
from lib.data.dataset import DataError, Row

POST = "From: a@b.c\nSubject: Re: keys\n\nIn article <1> x writes:\n> old\nA new thought.\n\n--\nme"


def write_archive(path, posts):
    with tarfile.open(path, "w:gz") as archive:
        for name, text in posts.items():
            content = text.encode("latin-1")
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A small archive with twelve train posts and two test posts in each group."""
    monkeypatch.setenv("PROFILE", "full")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setattr(newsgroups, "SIZES", {"train": 240, "test": 40})
    posts = {"20news-bydate-train/readme": "no post"}
    for group in newsgroups.GROUPS:
        for part, count in (("train", 12), ("test", 2)):
            for i in range(count):
                body = f"Subject: {group} {i}\n\nThé {part} post {i} of {group}.\n\n--\n{group}"
                posts[f"20news-bydate-{part}/{group}/{i}"] = body
    write_archive(tmp_path / newsgroups.NAMES[0], posts)
    return tmp_path


def test_posts_are_read_with_their_group_and_part(folder):
    dataset = data.load("newsgroups")
    assert dataset.label_names == newsgroups.GROUPS
    assert len(dataset.test) == 40
    assert len(dataset.train) + len(dataset.validation) == 240
    for text, label in zip(dataset.test.texts, dataset.test.labels, strict=True):
        assert f"of {newsgroups.GROUPS[label]}." in text
        assert "Thé test post" in text


def test_validation_is_the_latest_tenth_of_each_group(folder):
    dataset = data.load("newsgroups")
    groups = [newsgroups.GROUPS[label] for label in dataset.validation.labels]
    assert sorted(groups) == sorted(newsgroups.GROUPS)  # one of twelve
    assert all(" post 11 of " in text for text in dataset.validation.texts)
    assert not any(" post 11 of " in text for text in dataset.train.texts)


def test_stripped_posts_have_lost_what_gives_them_away(folder):
    texts = data.load("newsgroups_stripped").test.texts
    assert not any("Subject" in text or "--" in text for text in texts)
    assert all(text.startswith("Thé test post") for text in texts)


def test_strip_takes_header_quotes_and_signature():
    assert newsgroups.strip(POST).strip() == "A new thought."
    for odd in ("", "\n\n", "no header at all", "--\n"):
        assert isinstance(newsgroups.strip(odd), str)


def test_technical_or_not_with_few_posts(folder, monkeypatch):
    monkeypatch.setattr(newsgroups, "FEW", 100)
    dataset = data.load("newsgroups_technical")
    assert len(dataset.train) + len(dataset.validation) == 100
    assert all(" post 11 of " in text for text in dataset.validation.texts)
    assert len(dataset.test) == 40
    for text, label in zip(dataset.test.texts, dataset.test.labels, strict=True):
        assert label == ("of comp." in text or "of sci." in text)


def test_the_same_few_posts_are_stripped(folder, monkeypatch):
    monkeypatch.setattr(newsgroups, "FEW", 100)
    sent, stripped = (data.load(f"newsgroups_technical{s}") for s in ("", "_stripped"))
    texts = sent.train.texts + sent.validation.texts
    expected = {newsgroups.strip(text) for text in texts}
    assert set(stripped.train.texts + stripped.validation.texts) == expected
    assert len(expected) == 100


def test_which_posts_are_kept_does_not_depend_on_their_order():
    posts = [Row(f"post {i}", i % 20, "train") for i in range(4_000)]
    kept = newsgroups.few_technical(posts)
    assert len(kept) == newsgroups.FEW
    assert newsgroups.few_technical(posts[::-1]) == kept


def test_an_incomplete_archive_is_refused(folder):
    write_archive(folder / newsgroups.NAMES[0], {"20news-bydate-train/sci.med/1": "one"})
    with pytest.raises(DataError, match="holds 1 posts of the train part, not 240"):
        data.load("newsgroups")


def test_a_truncated_archive_is_refused(folder):
    path = folder / newsgroups.NAMES[0]
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DataError, match="damaged or truncated"):
        data.load("newsgroups")
