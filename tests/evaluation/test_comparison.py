import numpy as np
import pytest
from sklearn.metrics import log_loss

from lib import evaluation


@pytest.fixture
def runs(make_run):
    return {"gru": make_run("gru", 0.8, seed=1), "lstm": make_run("lstm", 0.85, seed=2)}


def test_differences_are_those_of_the_accuracies(runs):
    table = evaluation.differences(runs, [("lstm", "gru"), ("gru", "lstm")])
    assert table["pair"].tolist() == ["LSTM − GRU", "GRU − LSTM"]
    assert table["difference"].tolist() == pytest.approx([0.05, -0.05])
    assert (table["low"] <= table["difference"]).all()
    assert (table["difference"] <= table["high"]).all()
    assert table["McNemar p"].between(0, 1).all()
    assert evaluation.differences(runs, []).empty


def test_pairwise_is_antisymmetric_and_adjusted(runs):
    gaps, p = evaluation.pairwise(runs)
    assert list(gaps.columns) == ["GRU", "LSTM"] == list(gaps.index)
    assert gaps.loc["GRU", "LSTM"] == pytest.approx(-5)
    assert np.allclose(gaps, -gaps.T)
    assert np.allclose(p, p.T)
    assert (np.diag(p) == 1).all()
    (alone,), _ = evaluation.pairwise({"gru": runs["gru"]})
    assert alone == "GRU"


def test_more_pairs_raise_the_p_values(runs):
    _, two = evaluation.pairwise(runs)
    third = dict(runs, again=runs["gru"])
    _, three = evaluation.pairwise(third)
    # of three tests one compares a run with itself, so the others' p is doubled or more
    assert three.iloc[0, 1] == pytest.approx(min(1, 3 * two.iloc[0, 1]))


def test_smallest_difference_is_what_a_simulation_detects(runs):
    a, b = runs["gru"], runs["lstm"]
    least = evaluation.smallest_difference(a, b)
    n = len(a.labels["test"])
    discordant = np.mean(a.answers != b.answers)
    random = np.random.default_rng(0)
    only_one = random.binomial(n, discordant, 20_000)
    first = random.binomial(only_one, np.clip(0.5 + least / discordant / 2, 0, 1))
    z = (2 * first - only_one) / np.sqrt(only_one)
    assert (np.abs(z) > 1.96).mean() == pytest.approx(0.8, abs=0.03)


def test_the_leaders_are_those_not_told_apart_from_the_best(make_run):
    runs = [make_run("far", 0.7), make_run("near", 0.89, seed=3), make_run("best", 0.9, seed=4)]
    assert evaluation.leaders([*runs, make_run("majority", 0.99)]) == ["BEST", "NEAR"]


@pytest.fixture
def several(make_run):
    """The best and one as good; a quick one far below; the majority class, perfectly calibrated."""
    runs = [
        make_run("majority", 0.5, sure=0.51),
        make_run("best", 0.9, seed=1, sure=0.8),
        make_run("near", 0.9, seed=2, sure=0.6),
        make_run("far", 0.6, seed=3, sure=0.61),
    ]
    costs = ((9e9, 0.0), (50.0, 300.4), (50.4, 300.0), (900.0, 1.0))
    for run, (texts, seconds) in zip(runs, costs, strict=True):
        run.metrics["inference"]["texts_per_second"] = texts
        run.metrics["training"]["seconds"] = seconds
    assert runs[3].metrics["test"]["ece"] < runs[1].metrics["test"]["ece"]
    assert runs[0].metrics["test"]["ece"] < runs[1].metrics["test"]["ece"]
    return runs


def test_choices_name_ties_and_only_who_is_close(several):
    table = evaluation.choices(several).set_index("need")
    assert table["model"].tolist() == ["BEST and NEAR", "BEST and NEAR", "BEST and NEAR", "BEST"]
    assert table["figure"].tolist()[:2] == ["accuracy 0.9000", "300 s"]


def test_the_majority_class_wins_no_cell(several):
    marks = evaluation.winners(several)
    table = evaluation.table(several)
    assert marks.shape == table.shape
    assert not marks.iloc[0].any()
    assert marks["accuracy"].tolist() == [False, True, True, False]
    assert marks["ECE"].tolist() == [False, True, False, False]
    assert not marks[["model", "training s"]].any(axis=None)


def test_each_data_set_has_its_winners(make_run):
    runs = [make_run("lstm", 0.9), make_run("gru", 0.6, dataset="tweets")]
    assert evaluation.winners(runs)["accuracy"].all()


PROBES = [
    {"name": "one", "text": "I fell asleep halfway through.", "expected": 0, "probability": 0.25},
    {"name": "two", "text": "Good.", "expected": 1, "probability": 0.75},
]


def test_probe_table_has_a_column_per_run(make_run):
    runs = {name: make_run(name, probes=PROBES) for name in ("gru", "lstm")}
    probes, expected = evaluation.probe_table(runs)
    assert list(probes.columns) == ["GRU", "LSTM"]
    assert list(probes.index) == ["I fell asleep halfway through.", "Good."]
    assert probes["GRU"].tolist() == [0.25, 0.75]
    assert expected == [0, 1]


def test_validation_loss_is_the_same_however_sure_the_answers_are(make_run):
    run = make_run("lstm", 0.85)
    before = evaluation.validation_loss(run)
    labels, asis = run.labels["validation"], run.probabilities["validation"]
    assert before <= log_loss(labels, asis)
    run.probabilities["validation"] = evaluation.scale(asis, 0.5)
    assert evaluation.validation_loss(run) == pytest.approx(before, abs=1e-4)
    run.labels["validation"] = 1 - labels  # no temperature helps who is wrong
    assert evaluation.validation_loss(run) > before


def test_validation_loss_of_a_part_without_one_of_the_classes(make_run):
    run = make_run("lstm", 0.85)
    run.labels["validation"] = np.zeros_like(run.labels["validation"])
    assert np.isfinite(evaluation.validation_loss(run))


def test_a_ladder_says_what_each_step_buys_over_the_one_before(make_run):
    steps = [make_run("a", 0.7, seed=1), make_run("b", 0.9, seed=2), make_run("c", 0.88, seed=3)]
    table = evaluation.ladder(steps)
    assert table["step"].tolist() == ["A", "B", "C"]
    assert table["gain"].tolist()[1:] == pytest.approx([20, -2])
    assert np.isnan(table.loc[0, ["gain", "from", "to"]].astype(float)).all()
    assert (table["from"] <= table["gain"])[1:].all()
    assert (table["gain"] <= table["to"])[1:].all()
    assert table.loc[1, "from"] > 0
    assert table.loc[2, "from"] < 0 < table.loc[2, "to"]
    assert evaluation.ladder(steps[:1])["accuracy"].tolist() == pytest.approx([0.7])
