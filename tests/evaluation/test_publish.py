import subprocess
from types import SimpleNamespace

import numpy as np
import pytest

from lib import evaluation, paths
from lib.evaluation.publish import commit, environment

SAID = {"name": "lstm", "title": "LSTM", "notebook": "05_lstm"}


def files(folder):
    return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()}


def test_publish_writes_three_files_that_read_back(run, tiny, dataset):
    result = evaluation.read(run)
    m = result.metrics
    assert m["synthetic"] is True
    assert m["data"]["fingerprint"] == dataset.fingerprint
    assert m["data"]["n_test"] == len(dataset.test) == len(result.labels["test"])
    assert m["model"]["parameters"] == tiny.network.count_params()
    assert m["text"]["vocabulary"] == len(tiny.vectorizer.vocabulary)
    assert m["training"] == {"seed": 1, "seconds": 2.0, "peak_memory_mb": 900.0}
    assert m["test"]["confusion"]
    assert m["validation"]["loss"] > 0
    assert m["inference"]["texts_per_second"] > 0
    assert m["environment"]["keras"]
    assert result.model_file == run.with_suffix(".keras")
    probabilities = tiny.predict_proba(dataset.test.texts)
    assert np.allclose(result.probabilities["test"], probabilities, atol=1e-6)
    assert not list(run.parent.glob(".*partial*"))


def test_a_history_is_published_with_its_record(tiny, dataset, workspace):
    record = {"seed": 0, "seconds": 3.0, "key": "0123456789abcdef", "history": {"loss": [0.5]}}
    history = SimpleNamespace(record=record, reused=False)
    metrics = evaluation.publish(tiny, dataset, history, **SAID)
    assert metrics["training"] == record
    (run,), _ = evaluation.load_all()
    assert run.metrics["training"]["key"] == record["key"]


def test_a_record_given_as_a_dict_is_left_as_it_is(dataset, workspace):
    """It was emptied once the files were written, and what was returned with it."""
    given = {"seconds": 1.0, "seed": 0}

    def even(texts):
        return np.full((len(texts), 2), 0.5)

    written = evaluation.publish(even, dataset, given, **SAID)
    assert given == written["training"] == {"seconds": 1.0, "seed": 0}


def test_a_function_leaves_no_model_file(dataset, workspace):
    share = np.bincount(dataset.train.labels) / len(dataset.train)
    asked = []

    def majority(texts):
        asked.append(list(texts))
        return np.tile(share, (len(texts), 1))

    metrics = evaluation.publish(
        majority,
        dataset,
        {"seed": 0, "seconds": 0.0},
        name="majority",
        title="Majority class",
        notebook="02_embeddings",
        probes=(),
    )
    assert metrics["model"] == metrics["text"] == {}
    assert metrics["probes"] == []
    folder = paths.models_dir("imdb")
    assert sorted(p.name for p in folder.iterdir()) == ["majority.json", "majority.npz"]
    assert asked.count(list(dataset.test.texts)) == 1  # the test part is touched once


def test_a_reused_run_is_compared_and_nothing_is_written(run, tiny, dataset):
    stored = evaluation.read(run).metrics
    before = files(run.parent)
    again = SimpleNamespace(record=stored["training"], reused=True)
    asked = []
    answer = tiny.predict_proba
    tiny.predict_proba = lambda texts: asked.extend(texts) or answer(texts)
    metrics = evaluation.publish(tiny, dataset, again, **SAID | {"title": "Another"})
    assert metrics == stored
    assert files(run.parent) == before
    assert 0 < len(asked) <= 1_000


def test_a_reused_run_that_answers_otherwise_is_refused(run, tiny, dataset):
    before = files(run.parent)
    again = SimpleNamespace(record={}, reused=True)
    tiny.network.trainable_weights[-1].assign_add([0.01, 0.0])  # of the answer's bias
    with pytest.raises(ValueError, match="lstm answers otherwise"):
        evaluation.publish(tiny, dataset, again, **SAID)
    assert files(run.parent) == before


def git(*arguments):
    who = ["-c", "user.name=A", "-c", "user.email=a@b.c"]
    subprocess.run(["git", "-C", paths.ROOT, *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(workspace):
    """A repository of one commit with a file in `lib`."""
    git("init")
    (workspace / "lib").mkdir()
    (workspace / "lib" / "a.py").write_text("a = 1\n")
    (workspace / "05_lstm.ipynb").write_text("not run yet")
    git("add", ".")
    git("commit", "-m", "one")
    return workspace


def test_environment_names_versions_and_processor():
    import keras

    said = environment()
    assert said["keras"] == keras.__version__
    assert said["backend"] == keras.backend.backend()
    assert said["cpu"].split(" cores of ")[0].isdigit()
    assert said["cpu"].split(" cores of ")[1]


def test_the_commit_has_a_plus_when_the_library_differs_from_it(repository):
    clean = commit()
    assert len(clean) >= 7
    int(clean, 16)
    (repository / "notes.md").write_text("what lies outside lib does not count")
    (repository / "05_lstm.ipynb").write_text("nor does a notebook that is just being run")
    assert commit() == clean
    (repository / "lib" / "a.py").write_text("a = 2\n")
    assert commit() == clean + "+"


def test_outside_of_a_repository_there_is_no_commit(workspace):
    assert commit() == ""


@pytest.mark.parametrize("shape", [(-1, 2), (-1, 1), (-1,)])
def test_a_model_trained_in_the_open_has_figures_too(dataset, workspace, shape):
    def answers(split):
        positive = np.where(split.labels == 1, 0.8, 0.4)
        both = np.stack([1 - positive, positive], axis=1)
        return (both if shape == (-1, 2) else positive).reshape(shape)

    given = {"validation": answers(dataset.validation), "test": answers(dataset.test)}
    found = evaluation.from_predictions(dataset, title="plain", seconds=3.0, **given)
    assert found.right.all()
    table = evaluation.ladder([found, found])
    assert table["step"].tolist() == ["plain", "plain"]
    assert table["gain"].tolist()[1] == 0
    assert table["validation"].tolist() == [1, 1]
    assert not list(workspace.rglob("*.json"))
    with pytest.raises(ValueError, match="reshape"):
        evaluation.from_predictions(dataset, title="short", seconds=1, **given | {"test": [0.5, 1]})


def test_answers_of_a_32_bit_softmax_are_taken_without_a_warning(dataset):
    import warnings

    draw = np.random.default_rng(0)

    def answers(part):
        p = draw.uniform(size=len(part)).astype("float32")
        return np.stack([p, (1 - p) * np.float32(1.00001)], axis=1)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = evaluation.from_predictions(
            dataset,
            title="open",
            validation=answers(dataset.validation),
            test=answers(dataset.test),
            seconds=1.0,
        )
    assert run.probabilities["test"].sum(axis=1) == pytest.approx(1, abs=1e-12)
