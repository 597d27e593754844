import numpy as np
import pandas as pd
import pytest

from lib import comparison, publishing


@pytest.fixture
def runs(tiny, dataset, workspace):
    """Two published runs: an untrained network, and one that answers the other way round."""
    for name, answer in (
        ("lstm", tiny.predict_proba),
        ("gru", lambda texts: tiny.predict_proba(texts)[:, ::-1]),
    ):
        publishing.publish(
            name,
            title=name.upper(),
            notebook="05_lstm",
            dataset=dataset,
            predict_proba=answer,
            training={"seed": 0, "seconds": 1.0},
        )
    return comparison.named("imdb", ["gru", "missing", "lstm"])


def test_named_keeps_the_order_asked_for_and_leaves_out_what_is_missing(runs):
    assert list(runs) == ["gru", "lstm"]
    assert comparison.named("churn", ["lstm"]) == {}


def test_differences_are_those_of_the_accuracies(runs):
    pairs = [("lstm", "gru"), ("gru", "lstm"), ("lstm", "missing")]
    table = comparison.differences(runs, pairs)
    assert table["pair"].tolist() == ["LSTM − GRU", "GRU − LSTM"]
    lstm, gru = (runs[n].metrics["test"]["accuracy"] for n in ("lstm", "gru"))
    assert table.loc[0, "difference"] == pytest.approx(lstm - gru)
    assert table.loc[1, "difference"] == pytest.approx(gru - lstm)
    assert (table["low"] <= table["difference"]).all()
    assert (table["difference"] <= table["high"]).all()
    assert comparison.differences(runs, []).empty


def test_pairwise_is_antisymmetric_and_adjusted(runs):
    gaps, p = comparison.pairwise(runs)
    assert list(gaps.columns) == ["GRU", "LSTM"] == list(gaps.index)
    accuracy = {n.upper(): runs[n].metrics["test"]["accuracy"] for n in runs}
    assert gaps.loc["GRU", "LSTM"] == pytest.approx(100 * (accuracy["GRU"] - accuracy["LSTM"]))
    assert np.allclose(gaps, -gaps.T)
    assert np.allclose(p, p.T)
    assert (np.diag(p) == 1).all()


def test_more_pairs_raise_the_p_values(runs):
    _, two = comparison.pairwise(runs)
    third = dict(runs, again=runs["gru"])
    _, three = comparison.pairwise(third)
    # of three tests one compares a run with itself, so the others' p is doubled or more
    assert three.iloc[0, 1] == pytest.approx(min(1, 3 * two.iloc[0, 1]))


def test_smallest_difference_is_what_a_simulation_detects(runs):
    a, b = runs["gru"], runs["lstm"]
    least = comparison.smallest_difference(a, b)
    n = len(a.labels["test"])
    discordant = np.mean(
        a.probabilities["test"].argmax(axis=1) != b.probabilities["test"].argmax(axis=1)
    )
    random = np.random.default_rng(0)
    only_one = random.binomial(n, discordant, 20_000)
    first = random.binomial(only_one, np.clip(0.5 + least / discordant / 2, 0, 1))
    z = (2 * first - only_one) / np.sqrt(only_one)
    assert (np.abs(z) > 1.96).mean() == pytest.approx(0.8, abs=0.03)


def test_pareto_keeps_what_nothing_beats():
    table = pd.DataFrame(
        {"model": list("abcde"), "accuracy": [0.5, 0.9, 0.7, 0.8, 0.6], "s": [1, 9, 5, 5, None]}
    )
    assert comparison.pareto(table, "s")["model"].tolist() == ["a", "d", "b"]
    assert comparison.pareto(table, "s", less=False)["model"].tolist() == ["b"]


def test_choices_name_the_best_by_each_need():
    table = pd.DataFrame(
        {
            "model": ["a", "b", "c"],
            "accuracy": [0.91, 0.905, 0.8],
            "texts/s": [100, 900, 2_000],
            "training s": [60.0, 20.0, 1.0],
            "file MB": [9.0, 3.0, 1.0],
            "ECE": [0.02, 0.01, 0.03],
        }
    )
    chosen = comparison.choices(table).set_index("need")["model"]
    assert chosen.tolist() == ["a", "c", "b", "b", "b"]
    assert "0.9100" in comparison.choices(table).loc[0, "figure"]


def test_probe_table_has_a_column_per_run(runs):
    probes, expected = comparison.probe_table(runs)
    assert list(probes.columns) == ["GRU", "LSTM"]
    assert len(probes) == len(expected) > 10
    assert probes["GRU"].to_numpy() == pytest.approx(1 - probes["LSTM"].to_numpy(), abs=1e-6)


def test_against_floor_says_the_side_and_that_it_is_synthetic(runs):
    without = comparison.against_floor(runs, ["lstm"])
    assert "probes right" in without
    assert "floor" not in without
    assert without.endswith("(synthetic)")
    better, worse = sorted(runs, key=lambda n: -runs[n].metrics["test"]["accuracy"])
    as_floor = {"nbsvm": runs[worse], better: runs[better]}
    assert "above the best linear floor" in comparison.against_floor(as_floor, [better])
    as_floor = {"nbsvm": runs[better], worse: runs[worse]}
    assert "below the best linear floor" in comparison.against_floor(as_floor, [worse])
