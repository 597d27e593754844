from lib.progress import progress_bar


def test_bar_goes_to_where_results_go_and_leaves_nothing_behind(capsys):
    assert list(progress_bar(range(3), desc="reading")) == [0, 1, 2]
    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out.split("\r")[-1].strip() == ""
