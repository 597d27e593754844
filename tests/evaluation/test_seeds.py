import json

from lib import evaluation
from lib.evaluation.results import Result


def test_the_spread_is_over_repeats_of_the_same_recipe(make_run):
    own = make_run("lstm", 0.8)
    make_run("steps/lstm-seed1", 0.7, seed=1)
    make_run("steps/lstm-seed2", 0.75, seed=2)
    make_run("steps/lstm-last", 0.1)
    row = evaluation.spread([own]).iloc[0]
    assert row["model"] == "LSTM"
    assert row["seeds"] == 3
    assert [row["lowest"], row["highest"], row["published"]] == [0.7, 0.8, 0.8]
    assert abs(row["mean"] - 0.75) < 1e-9


def test_repeats_of_an_earlier_recipe_do_not_count(make_run):
    own = make_run("lstm", 0.8)
    make_run("steps/lstm-seed1", 0.7)
    for change in ({"training": {"options": {"epochs": 9}}}, {"text": {"max_length": 9}}):
        other = json.loads(json.dumps(own.metrics))
        other[next(iter(change))] |= next(iter(change.values()))
        changed = Result(other, own.labels, own.probabilities, None)
        assert evaluation.spread([changed]).empty
    assert evaluation.spread([]).columns.tolist() == [
        "model",
        "seeds",
        "mean",
        "lowest",
        "highest",
        "published",
    ]
