import sys

import pytest

from lib.progress import progress_bar, say_beside_bars


@pytest.fixture(params=["shell", "notebook"])
def streams(request, monkeypatch, capsys):
    """Return a function that gives what was printed as (bars' stream, the other one)."""
    if request.param == "notebook":
        monkeypatch.setitem(sys.modules, "ipykernel", object())
    else:
        monkeypatch.delitem(sys.modules, "ipykernel", raising=False)

    def read() -> tuple[str, str]:
        printed = capsys.readouterr()
        return (printed.err, printed.out) if request.param == "shell" else tuple(printed)

    return read


def test_bar_keeps_out_of_a_commands_results_and_leaves_nothing_behind(streams):
    assert list(progress_bar(range(3), desc="reading")) == [0, 1, 2]
    bar, other = streams()
    assert "reading" in bar
    assert bar.split("\r")[-1].strip() == ""
    assert other == ""


def test_a_line_said_meanwhile_leaves_no_half_bar(streams):
    for number in progress_bar(range(3), desc="reading"):
        if number == 1:
            say_beside_bars("Something to know.")
    bar, other = streams()
    lines = [line.split("\r")[-1].strip() for line in bar.split("\n")]
    assert lines == ["Something to know.", ""]
    assert other == ""
