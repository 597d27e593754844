import json

import pytest

from lib import results


def test_load_all_gives_the_table(run):
    found, problems = results.load_all()
    assert not problems
    table = results.table(found)
    assert table.loc[0, "model"] == "LSTM"
    assert table.loc[0, "low"] < table.loc[0, "accuracy"] < table.loc[0, "high"]
    beside = results.beside_published(found)
    assert beside.loc[0, "coursework"] == 0.8591
    assert beside.loc[0, "n_test"] == 7500


def change(path, **changes):
    metrics = json.loads(path.read_text())
    path.write_text(json.dumps({**metrics, **changes}))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda p: p.write_text("{"), "malformed JSON"),
        (lambda p: p.write_text("[]"), "not a JSON object"),
        (lambda p: change(p, schema=0), "schema 0, expected 1"),
        (lambda p: change(p, test="none", probes={}), "wrong type: test, probes"),
        (lambda p: p.with_suffix(".npz").unlink(), "predictions can't be read"),
        (lambda p: p.with_suffix(".npz").write_bytes(b"PK no"), "predictions can't be read"),
        (lambda p: change(p, data={"n_test": 5}), "another run or test part"),
        (lambda p: change(p, training={"seed": 0}), "without training seconds"),
    ],
)
def test_spoiled_runs_are_reported_and_left_out(run, spoil, reason):
    spoil(run)
    found, problems = results.load_all()
    assert found == []
    assert len(problems) == 1
    assert "imdb/lstm.json left out" in problems[0]
    assert reason in problems[0]


def test_predictions_of_another_run_are_noticed(run):
    metrics = json.loads(run.read_text())
    metrics["test"]["accuracy"] += 0.01
    run.write_text(json.dumps(metrics))
    assert "another run" in results.load_all()[1][0]


def test_incomplete_metrics_are_never_written(workspace):
    with pytest.raises(ValueError, match="incomplete"):
        results.write({"name": "x", "dataset": "imdb"}, {})
    assert not list(workspace.rglob("*.json"))


def test_cost_is_said_from_the_json(run):
    said = results.cost("imdb", "lstm")
    assert "synthetic" in said
    assert "0.9 GB" in said
    assert "not trained yet" in results.cost("imdb", "gru")


def test_published_figures_carry_their_source():
    table = results.published()
    required = ["source", "document", "dataset", "name", "accuracy", "data"]
    assert table[required].notna().all().all()
    unsaid = table["data"].str.contains("size not stated")
    assert (table["n_test"].isna() == unsaid).all()
    assert table["accuracy"].between(0, 1).all()
