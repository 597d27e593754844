import pytest

from lib import evaluation


def test_all_runs_make_a_table_best_first(make_run):
    make_run("gru", 0.7)
    make_run("lstm", 0.9)
    runs, problems = evaluation.load_all()
    assert not problems
    table = evaluation.table(runs)
    assert table["model"].tolist() == ["LSTM", "GRU"]
    assert (table["low"] < table["accuracy"]).all()
    assert (table["accuracy"] < table["high"]).all()
    assert table["training s"].tolist() == [1, 1]
    assert runs[0].right.mean() == pytest.approx(0.9)
