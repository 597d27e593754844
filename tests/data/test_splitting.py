import random

import numpy as np
import pytest

from lib.data import splitting as splits
from lib.data.dataset import DataError, Row


def rows(n=200, part="train", seed=0):
    draw = random.Random(seed)
    words = [f"word{i}" for i in range(500)]
    return [Row(" ".join(draw.choices(words, k=12)), i % 2, part) for i in range(n)]


def keys(split):
    return {splits.text_key(text) for text in split.texts}


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
    one = splits.assemble("x", ("no", "yes"), all_rows)
    two = splits.assemble("x", ("no", "yes"), shuffled)
    assert one.fingerprint == two.fingerprint
    assert one.train.texts == two.train.texts
    assert np.array_equal(one.test.labels, two.test.labels)


def test_fingerprint_notices_a_changed_label():
    changed = rows()
    changed[3] = Row(changed[3].text, 1 - changed[3].label, "train")
    one, two = (splits.assemble("x", ("no", "yes"), r) for r in (rows(), changed))
    assert one.fingerprint != two.fingerprint


def test_validation_is_stratified():
    uneven = [Row(r.text, int(i % 5 == 0), "train") for i, r in enumerate(rows(1000))]
    split = splits.assemble("x", ("no", "yes"), uneven)
    assert split.validation.labels.mean() == pytest.approx(0.2, abs=0.01)
    assert split.test.labels.mean() == pytest.approx(0.2, abs=0.01)


def test_official_test_part_stays_whole_with_its_copies():
    test = rows(60, "test", seed=1)
    leaked = [Row(f"<b>{test[0].text.upper()}</b>!", 0, "train")]
    split = splits.assemble("x", ("no", "yes"), rows() + test + test[:5] + leaked)
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
    given = rows() + rows(30, "test", seed=2) + extra
    split = splits.assemble("x", ("no", "yes"), given)
    assert split.report["shares a long sentence with test"] == 1
    assert split.report["same text with another label"] == 2
    quoting = splits.assemble("x", ("no", "yes"), given, drop_near_duplicates=False)
    assert "shares a long sentence with test" not in quoting.report
    assert quoting.report["same text with another label"] == 2
    assert len(quoting.train) + len(quoting.validation) == 1 + len(split.train) + len(
        split.validation
    )


def test_excluded_texts_leave_train():
    given = rows()
    excluded = {splits.text_key(given[0].text)}
    split = splits.assemble("x", ("no", "yes"), given, exclude=excluded)
    assert split.report["original of a counterfactual pair"] == 1
    assert not excluded & (keys(split.train) | keys(split.validation))


def test_listed_texts_validate_and_nothing_else():
    all_rows = rows() + rows(60, "test", seed=1)
    listed = {splits.text_key(row.text) for row in all_rows[30:70]}
    copies = splits.assemble("x", ("no", "yes"), all_rows + all_rows[30:35], validate=listed)
    assert keys(copies.validation) == listed
    assert not keys(copies.train) & listed
    assert copies.report["repeated in train"] == 5


def test_one_class_is_an_error():
    with pytest.raises(DataError, match="two classes"):
        splits.assemble("x", ("no", "yes"), [Row(r.text, 0, "train") for r in rows()])
