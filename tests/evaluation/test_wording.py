import pandas as pd

from lib import evaluation


def test_best_of_names_all_that_tie():
    right = pd.Series({"a": 9, "b": 4, "c": 9, "d": 9, "e": 4})
    assert evaluation.best_of(right) == "a, c and d"
    assert evaluation.best_of(right, largest=False) == "b and e"
    assert evaluation.best_of(right[:2]) == "a"


def test_best_of_parts_names_with_commas_by_semicolons():
    tied = pd.Series(9, ["LSTM", "GRU, both directions", "CNN"])
    assert evaluation.best_of(tied) == "LSTM; GRU, both directions; and CNN"
    assert evaluation.best_of(tied[1:]) == "GRU, both directions; and CNN"
    assert evaluation.best_of(tied[1:2]) == "GRU, both directions"


def test_many_that_tie_are_counted_and_not_listed():
    assert evaluation.best_of(pd.Series(9, list("abcde"))) == "a, b, c, d and e"
    assert evaluation.best_of(pd.Series([*[9] * 10, 8], list("abcdefghijk"))) == "ten models"
    assert evaluation.best_of(pd.Series(9, list("abcdefghijklmnopq"))) == "17 models"


def test_a_list_in_words_keeps_names_that_hold_commas_apart():
    figures = {"LSTM": 0.25, "GRU, both directions": 1}
    assert evaluation.listed(figures, "{:.1f}") == "*LSTM* 0.2; *GRU, both directions* 1.0"
    assert evaluation.listed(pd.Series({"a": "3 of 5"})) == "*a* 3 of 5"
    assert evaluation.listed({}) == "none"


def test_standing_follows_the_verdict_and_not_the_difference_alone():
    gap = {"points": 0.4, "verdict": "more than chance"}
    assert evaluation.standing(gap) == "beats"
    assert evaluation.standing(gap | {"points": -0.4}) == "stays below"
    assert evaluation.standing(gap | {"verdict": "no more than chance"}) == "is level with"
    words = {"better": "a gain", "level": "nothing sure", "worse": "a loss"}
    assert evaluation.standing(gap, **words) == "a gain"


def test_say_shows_markdown(capsys, monkeypatch):
    import IPython.display

    shown = []
    monkeypatch.setattr(IPython.display, "display", shown.append)
    evaluation.say("**LSTM** leads")
    assert shown[0].data == "**LSTM** leads"
