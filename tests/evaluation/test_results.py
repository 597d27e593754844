import json
import shutil

import numpy as np
import pytest

from lib import evaluation, paths
from lib.evaluation import results


@pytest.fixture
def written(make_run):
    """The JSON file of a run."""
    make_run("lstm")
    return paths.models_dir("imdb") / "lstm.json"


def change(path, **changes):
    metrics = json.loads(path.read_text())
    path.write_text(json.dumps({**metrics, **changes}))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda p: p.write_text("{"), "malformed JSON"),
        (lambda p: p.write_text("[]"), "not a JSON object"),
        (lambda p: change(p, schema=0), "schema 0, expected 1"),
        (lambda p: change(p, test="none", probes={}), "wrong type: probes, test"),
        (lambda p: p.with_suffix(".npz").unlink(), "predictions can't be read"),
        (lambda p: p.with_suffix(".npz").write_bytes(b"PK no"), "predictions can't be read"),
        (lambda p: p.with_suffix(".npz").write_bytes(b"PK\x03\x04"), "predictions can't be read"),
        (lambda p: p.with_suffix(".npz").write_bytes(b""), "predictions can't be read"),
        (lambda p: change(p, data={"n_test": 5}), "another run or test part"),
        (lambda p: change(p, training={"seed": 0}), "without training seconds"),
    ],
)
def test_spoiled_runs_are_reported_and_left_out(written, spoil, reason):
    spoil(written)
    runs, problems = evaluation.load_all()
    assert runs == []
    assert len(problems) == 1
    assert "imdb/lstm.json left out" in problems[0]
    assert reason in problems[0]
    with pytest.raises(evaluation.MissingRunError, match=reason):
        evaluation.named("imdb", ["lstm"])


def test_predictions_of_another_run_are_noticed(written):
    metrics = json.loads(written.read_text())
    metrics["test"]["accuracy"] += 0.01
    written.write_text(json.dumps(metrics))
    assert "another run" in evaluation.load_all()[1][0]


def test_incomplete_metrics_are_never_written(workspace):
    with pytest.raises(ValueError, match="incomplete"):
        results.write({"name": "x", "dataset": "imdb"}, labels={}, probabilities={})
    assert not list(workspace.rglob("*.json"))


def test_every_committed_run_is_read(monkeypatch):
    monkeypatch.setenv("PROFILE", "full")
    runs, problems = evaluation.load_all()
    assert problems == []
    assert len(runs) == len(list((paths.ROOT / "models").glob("*/*.json"))) > 0


def test_named_runs_come_in_the_order_asked_for(make_run):
    for name in ("lstm", "gru", "cnn"):
        make_run(name)
    assert list(evaluation.named("imdb", ["gru", "lstm"])) == ["gru", "lstm"]


def test_a_run_that_is_not_there_is_missed_in_one_line(make_run):
    make_run("lstm")
    with pytest.raises(evaluation.MissingRunError) as said:
        evaluation.named("imdb", ["lstm", "gru"])
    message = str(said.value)
    assert "imdb/gru" in message
    assert "make demo" in message
    assert "\n" not in message


def test_runs_without_a_file_are_left_out_where_that_is_asked_for(written):
    assert list(evaluation.named("imdb", ["gru", "lstm"], missing_ok=True)) == ["lstm"]
    written.write_text("{")
    with pytest.raises(evaluation.MissingRunError, match="malformed"):
        evaluation.named("imdb", ["lstm"], missing_ok=True)


def test_what_a_run_cost_is_said_from_its_json(written):
    change(written, synthetic=True, training={"seed": 0, "seconds": 90, "peak_memory_mb": 900})
    assert evaluation.cost("imdb", "lstm") == (
        "lstm (synthetic): trained in 1.5 minutes with 0.9 GB on 2 cores of a kind."
    )
    assert "not trained yet" in evaluation.cost("imdb", "gru")
    shutil.rmtree(written.parent)
    assert "not trained yet" in evaluation.cost("imdb", "lstm")


def test_what_is_read_and_written_is_recorded(make_run, workspace, monkeypatch):
    log = workspace / "used"
    monkeypatch.setenv("METRICS_LOG", str(log))
    make_run("lstm")
    assert set(log.read_text().splitlines()) == {"imdb/lstm.json"}
    log.unlink()
    assert "not trained" in evaluation.cost("imdb", "gru")
    assert log.read_text().splitlines() == ["imdb/gru.json"]  # once it is there, that matters
    log.unlink()
    evaluation.load_all()
    assert set(log.read_text().splitlines()) == {"imdb/lstm.json", "*/[!.]*.json"}


def test_what_is_kept_of_probabilities_changes_no_answer(make_run):
    """Also where the second best is nearly as probable, and where it is as good as impossible."""
    run = make_run("lstm", sure=1 - 1e-15)
    assert run.right.mean() == pytest.approx(0.8)
    drawn = np.random.default_rng(0).dirichlet([0.5] * 6, 2_000)
    drawn[:3] = [[0.5 - 1e-9, 0.5 + 1e-9, 0, 0, 0, 0]] * 3
    run.metrics["name"], labels = "kept", drawn.argmax(axis=1)
    run.metrics["data"]["n_test"], run.metrics["test"]["accuracy"] = 2_000, 1.0
    parts = {"validation": labels, "test": labels}
    path = results.write(run.metrics, labels=parts, probabilities=dict.fromkeys(parts, drawn))
    again = results.read(path)
    assert again.right.all()
    assert np.allclose(again.probabilities["test"], drawn, atol=2e-4)


def test_kept_answers_are_of_their_key_alone(workspace):
    path, answers = paths.models_dir("imdb") / "kept" / "one.npz", np.array([[0.2, 0.8]], "float32")
    assert results.kept_answers(path, "key") is None
    results.keep_answers(path, "key", answers)
    assert np.array_equal(results.kept_answers(path, "key"), answers)
    assert results.kept_answers(path, "other") is None
    path.write_bytes(path.read_bytes()[:-20])
    assert results.kept_answers(path, "key") is None
