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


def test_asking_elsewhere_gives_the_same_answer(tiny, dataset, workspace, tmp_path, monkeypatch):
    from pathlib import Path

    from lib import classifier, paths

    monkeypatch.setattr(paths, "ROOT", Path(comparison.__file__).parents[1])
    classifier.save(tiny, tmp_path / "tiny.keras")
    texts = ["A good film.", "Naïve “quotes” and\nnew lines"]
    here = classifier.load(tmp_path / "tiny.keras").predict_proba(texts)
    assert publishing.ask_elsewhere(tmp_path / "tiny.keras", texts) == pytest.approx(here, abs=1e-6)
