import hashlib
import io
import tarfile

import numpy as np
import pandas as pd
import pytest

from lib import data
from lib.data import dataset as splits
from lib.data import imdb
from lib.data.dataset import DataError

SIZE = 40  # reviews in each part of the small stand-in for IMDB


def reviews():
    """Texts by member name; one train text stands in test too."""
    texts = {}
    for part in ("train", "test"):
        for label in ("neg", "pos"):
            for i in range(SIZE // 2):
                name = f"aclImdb/{part}/{label}/{i}_{1 if label == 'neg' else 10}.txt"
                texts[name] = (
                    f"Review {part} {label} number {i}, café.<br />It ran {i * 7} minutes."
                )
    texts["aclImdb/train/pos/0_10.txt"] = texts["aclImdb/test/pos/0_10.txt"]
    return texts


def write_tar(path, texts, encoding="utf-8"):
    with tarfile.open(path, "w:gz") as archive:
        for name, text in texts.items():
            content = text.encode(encoding)
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A small IMDB's folder, with hashes to match, under the full profile."""
    monkeypatch.setenv("PROFILE", "full")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setattr(imdb, "SIZE", SIZE)
    monkeypatch.setattr(imdb.paths, "SHIPPED_DATA", tmp_path / "shipped")
    hashes = {
        part: np.array(
            sorted(splits.text_key(t) for n, t in reviews().items() if f"/{part}/" in n), "uint64"
        )
        for part in ("train", "test")
    }
    hashes["counterfactual"] = hashes["train"][:1]
    hashes["validation"] = hashes["train"][1::7]
    monkeypatch.setattr(imdb, "hashes", lambda: hashes)
    return tmp_path


def write_folder(root, texts):
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def write_kaggle(path, texts):
    table = [(text, "positive" if "/pos/" in name else "negative") for name, text in texts.items()]
    table.sort(key=lambda row: hashlib.md5(row[0].encode()).hexdigest())
    pd.DataFrame(table, columns=["review", "sentiment"]).to_csv(path, index=False)


def test_three_formats_give_the_same_split(folder):
    write_tar(folder / "aclImdb_v1.tar.gz", reviews())
    from_archive = data.load("imdb")
    (folder / "aclImdb_v1.tar.gz").unlink()
    write_folder(folder, reviews())
    from_folder = data.load("imdb")
    (folder / "aclImdb").rename(folder / "elsewhere")
    write_kaggle(folder / "IMDB Dataset.csv", reviews())
    from_csv = data.load("imdb")
    assert from_archive.fingerprint == from_folder.fingerprint == from_csv.fingerprint
    assert from_archive.test.texts == from_folder.test.texts == from_csv.test.texts
    assert from_archive.report == from_csv.report
    assert from_archive.report["also in test"] == 1
    assert len(from_archive.test) == SIZE
    validation = {splits.text_key(text) for text in from_csv.validation.texts}
    assert validation
    assert validation <= set(imdb.hashes()["validation"].tolist())


def test_missing_data_says_where_it_looked_and_what_to_do(folder, monkeypatch):
    monkeypatch.setattr(imdb, "URL", "http://127.0.0.1:9/aclImdb_v1.tar.gz")
    with pytest.raises(DataError) as raised:
        data.load("imdb")
    message = str(raised.value)
    assert "aclImdb_v1.tar.gz" in message
    assert str(folder) in message
    assert "DATA_DIR" in message
    assert "PROFILE=demo" in message
    assert "\n" not in message


def test_truncated_archive(folder):
    whole = write_tar(folder / "aclImdb_v1.tar.gz", reviews())
    whole.write_bytes(whole.read_bytes()[:-400])
    with pytest.raises(DataError, match=r"damaged or truncated.*download it again"):
        data.load("imdb")


def test_file_that_is_no_archive(folder):
    (folder / "aclImdb_v1.tar.gz").write_text("<html>404</html>")
    with pytest.raises(DataError, match="damaged or truncated"):
        data.load("imdb")


def test_wrong_encoding_names_the_member(folder):
    write_tar(folder / "aclImdb_v1.tar.gz", reviews(), encoding="latin-1")
    with pytest.raises(DataError, match=r"aclImdb/train/neg/0_1\.txt is not UTF-8"):
        data.load("imdb")


def test_incomplete_archive(folder):
    some = dict(list(reviews().items())[:-3])
    write_tar(folder / "aclImdb_v1.tar.gz", some)
    with pytest.raises(DataError, match="holds 40 train and 37 test reviews"):
        data.load("imdb")


def test_hostile_member_names_write_nothing(folder):
    hostile = {
        "../evil.txt": "x",
        "/tmp/evil_member.txt": "x",
        "aclImdb/../../up/pos/1_10.txt": "x",
    }
    write_tar(folder / "aclImdb_v1.tar.gz", {**reviews(), **hostile})
    before = sorted(folder.rglob("*"))
    assert len(data.load("imdb").test) == SIZE
    assert sorted(folder.rglob("*")) == before
    assert not (folder.parent / "evil.txt").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("text,label\na,b\n", "no column"),
        ("review,sentiment\nnever seen before,positive\n", "row 2: not a labelled review"),
        ("", "is empty"),
    ],
)
def test_bad_kaggle_file(folder, content, message):
    (folder / "IMDB Dataset.csv").write_text(content)
    with pytest.raises(DataError, match=message):
        data.load("imdb")


def test_shipped_hashes_are_those_of_imdb():
    hashes = imdb.hashes()
    assert len(hashes["train"]) == len(hashes["test"]) == 25_000
    assert set(hashes["counterfactual"]) <= set(hashes["train"]) | set(hashes["test"])
    assert len(hashes["counterfactual"]) == 733
    assert set(hashes["validation"]) <= set(hashes["train"])
    assert 0.099 < len(hashes["validation"]) / 25_000 < 0.1
