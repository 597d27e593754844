from lib.progress import progress_bar, say_beside_bars


def test_bar_goes_to_where_results_go_and_leaves_nothing_behind(capsys):
    assert list(progress_bar(range(3), desc="reading")) == [0, 1, 2]
    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out.split("\r")[-1].strip() == ""


def test_a_line_said_meanwhile_leaves_no_half_bar(capsys):
    for number in progress_bar(range(3), desc="reading"):
        if number == 1:
            say_beside_bars("Something to know.")
    lines = [line.split("\r")[-1].strip() for line in capsys.readouterr().out.split("\n")]
    assert lines == ["Something to know.", ""]
