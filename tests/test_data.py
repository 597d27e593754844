import random

import numpy as np
import pytest

from lib import data
from lib.sources import DataError, Row


def rows(n=200, part="train", seed=0):
    draw = random.Random(seed)
    words = [f"word{i}" for i in range(500)]
    return [Row(" ".join(draw.choices(words, k=12)), i % 2, part) for i in range(n)]


def keys(split):
    return {data.text_key(text) for text in split.texts}


def test_demo_parts_share_no_text(dataset):
    train, validation, test = map(keys, (dataset.train, dataset.validation, dataset.test))
    assert not train & validation
    assert not train & test
    assert not validation & test
    assert dataset.synthetic


def test_every_row_is_accounted_for(dataset):
    report = dict(dataset.report)
    assert report.pop("read") == sum(report.values())
    assert report["repeated in train"] > 0
    assert report["also in test"] > 0
    assert report["empty after cleaning"] == 1


def test_split_does_not_depend_on_the_order_of_rows():
    all_rows = rows() + rows(60, "test", seed=1)
    shuffled = random.Random(5).sample(all_rows, len(all_rows))
    one = data.assemble("x", ("no", "yes"), all_rows)
    two = data.assemble("x", ("no", "yes"), shuffled)
    assert one.fingerprint == two.fingerprint
    assert one.train.texts == two.train.texts
    assert np.array_equal(one.test.labels, two.test.labels)


def test_fingerprint_notices_a_changed_label():
    changed = rows()
    changed[3] = Row(changed[3].text, 1 - changed[3].label, "train")
    one, two = (data.assemble("x", ("no", "yes"), r) for r in (rows(), changed))
    assert one.fingerprint != two.fingerprint


def test_validation_is_stratified():
    uneven = [Row(r.text, int(i % 5 == 0), "train") for i, r in enumerate(rows(1000))]
    split = data.assemble("x", ("no", "yes"), uneven)
    assert split.validation.labels.mean() == pytest.approx(0.2, abs=0.01)
    assert split.test.labels.mean() == pytest.approx(0.2, abs=0.01)


def test_official_test_part_stays_whole_with_its_copies():
    test = rows(60, "test", seed=1)
    leaked = [Row(f"<b>{test[0].text.upper()}</b>!", 0, "train")]
    split = data.assemble("x", ("no", "yes"), rows() + test + test[:5] + leaked)
    assert len(split.test) == 65
    assert split.report["also in test"] == 1


def test_near_duplicates_and_contradictions_leave_train():
    sentence = " ".join(f"plot{i}" for i in range(25))
    extra = [
        Row(f"First said. {sentence}. The end here.", 0, "test"),
        Row(f"Said again. {sentence}. Another ending.", 1, "train"),
        Row("Was it good or was it bad?", 0, "train"),
        Row("was it good, or was it bad", 1, "train"),
    ]
    split = data.assemble("x", ("no", "yes"), rows() + rows(30, "test", seed=2) + extra)
    assert split.report["shares a long sentence with test"] == 1
    assert split.report["same text with another label"] == 2


def test_excluded_texts_leave_train():
    given = rows()
    excluded = {data.text_key(given[0].text)}
    split = data.assemble("x", ("no", "yes"), given, exclude=excluded)
    assert split.report["original of a counterfactual pair"] == 1
    assert not excluded & (keys(split.train) | keys(split.validation))


def test_one_class_is_an_error():
    with pytest.raises(DataError, match="two classes"):
        data.assemble("x", ("no", "yes"), [Row(r.text, 0, "train") for r in rows()])


def test_unknown_name_says_what_there_is():
    with pytest.raises(ValueError, match=r"'amazon'.*load_csv"):
        data.load("amazon")


def test_key_ignores_tags_case_accents_and_punctuation():
    assert data.text_key("<br />Café, NICE!!") == data.text_key("cafe nice")
    assert data.text_key("cafe nice") != data.text_key("cafe mice")
    assert data.text_key("<br /> ... ") == 0


def write_csv(path, lines, encoding="utf-8"):
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def good_lines(n=60):
    return ["review,label"] + [f"this is text number {i} é,{'ab'[i % 2]}" for i in range(n)]


def test_csv_of_ones_own(tmp_path):
    lines = [*good_lines(), ",a", "no label here,", '"   ",b']
    split = data.load_csv(write_csv(tmp_path / "mine.csv", lines), text="review", label="label")
    assert split.label_names == ("a", "b")
    assert split.bad_rows == [(62, "empty text"), (63, "empty label"), (64, "empty text")]
    assert len(split.train) + len(split.validation) + len(split.test) == 60
    assert split.report["read"] == 63


@pytest.mark.parametrize(
    ("lines", "encoding", "message"),
    [
        (["text,label", "a,b"], "utf-8", r"no column \['review'\]; it has \['text', 'label'\]"),
        (good_lines(), "latin-1", "is not utf-8.*latin-1"),
        (["review,label"] + [f"text number {i},same" for i in range(50)], "utf-8", "two classes"),
        (["review,label", ",", ","], "utf-8", "no usable row"),
        ([""], "utf-8", "is empty"),
    ],
)
def test_bad_csv_is_one_clear_line(tmp_path, lines, encoding, message):
    path = write_csv(tmp_path / "bad.csv", lines, encoding)
    with pytest.raises(DataError, match=message) as raised:
        data.load_csv(path, text="review", label="label")
    assert "\n" not in str(raised.value)


def test_missing_csv(tmp_path):
    with pytest.raises(DataError, match=r"no file .*nothing\.csv"):
        data.load_csv(tmp_path / "nothing.csv", text="a", label="b")


def test_csv_encoding_can_be_named(tmp_path):
    path = write_csv(tmp_path / "latin.csv", good_lines(), "latin-1")
    split = data.load_csv(path, text="review", label="label", encoding="latin-1")
    assert "é" in split.train.texts[0]
