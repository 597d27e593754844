import io
import sys

import pytest

from lib.progress import progress_bar, say_beside_bars


@pytest.fixture(params=["shell", "notebook"])
def streams(request, monkeypatch):
    """Return what replaces both streams, and returns a function that reads (bars', the other)."""

    def replace():
        out, err = (type("OutStream", (io.StringIO,), {})() for _ in range(2))
        type(out).__module__ = "ipykernel.iostream" if request.param == "notebook" else "io"
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)

        def read() -> tuple[str, str]:
            printed = out.getvalue(), err.getvalue()
            return printed if request.param == "notebook" else printed[::-1]

        return read

    return replace


def test_bar_keeps_out_of_a_commands_results_and_leaves_nothing_behind(streams):
    read = streams()
    assert list(progress_bar(range(3), desc="reading")) == [0, 1, 2]
    bar, other = read()
    assert "reading" in bar
    assert bar.split("\r")[-1].strip() == ""
    assert other == ""


def test_a_line_said_meanwhile_leaves_no_half_bar(streams):
    read = streams()
    for number in progress_bar(range(3), desc="reading"):
        if number == 1:
            say_beside_bars("Something to know.")
    bar, other = read()
    lines = [line.split("\r")[-1].strip() for line in bar.split("\n")]
    assert lines == ["Something to know.", ""]
    assert other == ""


def test_a_bar_within_a_bar_of_a_notebook_is_drawn_in_its_line(streams):
    """A notebook kept a line for each step of the inner one."""
    read = streams()
    for _ in progress_bar(range(2), desc="outer"):
        for _ in progress_bar(range(3), desc="inner"):
            pass
    bar, _ = read()
    assert "inner" in bar
    assert type(sys.stdout).__module__ == "io" or "\n" not in bar
