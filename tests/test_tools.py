import base64
import io
import re
import shutil
import subprocess
import sys
import tomllib

import nbformat
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from lib import paths, repeats, results

sys.path.insert(0, str(paths.ROOT / "tools"))
import badges
import report
import run_notebooks
import search


def make_notebook(*sources):
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return notebook


@pytest.fixture
def runner(tmp_path, monkeypatch):
    monkeypatch.setattr(run_notebooks, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(run_notebooks, "OUTPUT", tmp_path / "build")
    return tmp_path


def test_full_run_is_written_in_place_and_then_up_to_date(runner):
    path = runner / "01_a.ipynb"
    nbformat.write(make_notebook("x = 1", "print(x + 1)"), path)
    assert not run_notebooks.up_to_date(path)
    assert run_notebooks.execute(path, "full") == ""
    assert run_notebooks.up_to_date(path)
    executed = nbformat.read(path, as_version=4)
    assert executed.cells[1].outputs[0].text == "2\n"
    executed.cells[1].source = "print(x + 2)"
    nbformat.write(executed, path)
    assert not run_notebooks.up_to_date(path)


def test_demo_run_leaves_the_notebook_alone(runner):
    path = runner / "01_a.ipynb"
    nbformat.write(make_notebook("print(1)"), path)
    before = path.read_bytes()
    assert run_notebooks.execute(path, "demo") == ""
    assert path.read_bytes() == before
    assert (runner / "build" / "01_a.html").exists()


def test_failure_shows_the_cell_and_the_error_only(runner):
    path = runner / "01_a.ipynb"
    nbformat.write(make_notebook("x = 1", "y = x / 0"), path)
    error = run_notebooks.execute(path, "full")
    assert "y = x / 0" in error
    assert "ZeroDivisionError: division by zero" in error
    assert len(error.splitlines()) < 6
    assert not run_notebooks.up_to_date(path)


def test_progress_bars_are_settled():
    notebook = make_notebook("x")
    pieces = ["\r 10%", "\r 50%\r100%\n1/3 ", "\x08\x08\x08\x083/3 done\n\x1b[1mbold\x1b[0m\n"]
    pieces += ["\rbar 40%", "\r       \r", "plain\n", "\rgone\r    \r"]
    notebook.cells[0].outputs = [
        nbformat.v4.new_output("stream", name="stdout", text=text) for text in pieces
    ]
    run_notebooks.tidy(notebook)
    (output,) = notebook.cells[0].outputs
    assert output.text == "100%\n3/3 done\nbold\nplain\n"


def test_figures_shrink_and_look_the_same():
    shades = np.tile(np.arange(200, dtype="uint8")[:, None, None], (1, 300, 3))
    shades += np.random.default_rng(0).integers(0, 2, (200, 300, 3), dtype="uint8")
    written = io.BytesIO()
    Image.fromarray(shades).save(written, "PNG")
    before = base64.b64encode(written.getvalue()).decode()
    notebook = make_notebook("x")
    figure = nbformat.v4.new_output("display_data", data={"image/png": before})
    notebook.cells[0].outputs = [figure]
    run_notebooks.tidy(notebook)
    after = notebook.cells[0].outputs[0].data["image/png"]
    assert len(after) < len(before) / 2
    drawn = np.asarray(Image.open(io.BytesIO(base64.b64decode(after))).convert("RGB"))
    assert np.abs(drawn.astype(int) - shades).max() <= 4


@pytest.fixture
def copy(tmp_path):
    """A copy of what the badges touch."""
    (tmp_path / "notebooks").mkdir()
    for path in paths.NOTEBOOKS.glob("*.ipynb"):
        shutil.copy(path, tmp_path / "notebooks")
    for name in ("README.md", "pyproject.toml"):
        shutil.copy(paths.ROOT / name, tmp_path)
    return tmp_path


def contents(root):
    return {p.relative_to(root): p.read_text("utf-8") for p in root.rglob("*") if p.is_file()}


def test_badges_come_and_go_without_a_trace(copy):
    badges.write(copy, "")
    before = contents(copy)
    badges.write(copy, "someone/sequences")
    badges.write(copy, "someone/sequences")
    for path in (copy / "notebooks").glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        assert notebook.cells[0].source.count("colab-badge.svg") == 1
        assert f"someone/sequences/blob/main/notebooks/{path.name}" in notebook.cells[0].source
        setup = next(c for c in notebook.cells if "setup" in c.metadata.get("tags", []))
        assert "git clone --depth 1 https://github.com/someone/sequences" in setup.source
    assert "git clone https://github.com/someone/sequences" in (copy / "README.md").read_text()
    project = tomllib.loads((copy / "pyproject.toml").read_text())["project"]
    assert project["urls"]["Repository"] == "https://github.com/someone/sequences"
    badges.write(copy, "")
    assert contents(copy) == before


def test_committed_files_agree_with_the_address(copy):
    address = tomllib.loads((copy / "pyproject.toml").read_text())["project"]["urls"]["Repository"]
    before = contents(copy)
    badges.write(copy, address.removeprefix("https://github.com/"))
    assert contents(copy) == before


@pytest.mark.parametrize("wrong", ["nonsense", "a/b/c", "https://github.com/a/b"])
def test_wrong_address_is_refused(wrong, capsys):
    assert badges.main([wrong]) == 2
    assert "owner/name" in capsys.readouterr().out


def test_readme_is_not_stale():
    check = subprocess.run(
        [sys.executable, "tools/report.py", "--check"],
        cwd=paths.ROOT,
        env={"PROFILE": "full", "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert check.returncode == 0, check.stdout + check.stderr


def test_seeds_are_summed_up_with_the_published_one_among_them(run):
    (found,), _ = results.load_all()
    own = found.metrics["test"]["accuracy"]
    row = dict.fromkeys(repeats.COLUMNS, 0.0) | {"name": "lstm", "seed": 1}
    row |= {"created": found.metrics["created"], "test_accuracy": own - 0.1}
    pd.DataFrame([row]).to_csv(run.with_name("seeds.csv"), index=False)
    written = report.markdown_seeds([found]).splitlines()[-1]
    span = f"{own - 0.1:.4f}–{own:.4f}"
    assert written == f"| LSTM | 2 | {own - 0.05:.4f} | {span} | {own:.4f} |"


def test_readme_links_lead_somewhere():
    text = (paths.ROOT / "README.md").read_text("utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if not target.startswith("http"):
            assert (paths.ROOT / target).exists(), target


def test_lib_is_not_ignored_by_git():
    ignored = subprocess.run(
        ["git", "check-ignore", "lib/data.py"], cwd=paths.ROOT, capture_output=True, text=True
    )
    assert ignored.stdout == ""


def test_every_requirement_is_pinned_with_a_reason():
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (paths.ROOT / name).read_text().splitlines():
            if line and not line.startswith(("#", "-r")):
                assert re.fullmatch(r"[\w-]+~=[\d.]+ +# .+", line), line


def test_repeat_names_the_networks_there_are(capsys, monkeypatch, workspace):
    import repeat

    monkeypatch.setattr(sys, "argv", ["repeat.py", "perceptron"])
    assert repeat.main() == 2
    assert "No trained network ['perceptron']" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("data", "log", "column"),
    [
        ("imdb", "dan.csv", "change"),
        ("tweets", "tweets.csv", "data"),
        ("newsgroups_technical_stripped", "newsgroups.csv", "data"),
    ],
)
def test_search_adds_a_line_to_the_log(workspace, monkeypatch, data, log, column):
    monkeypatch.setattr(paths, "NOTEBOOKS", workspace)
    asked = ["search.py", "dan", "smaller", "--data", data, "--options", '{"embedding_dim": 8}']
    monkeypatch.setattr(sys, "argv", [*asked, "--training", '{"epochs": 1}'])
    assert search.main() == search.main() == 0
    table = pd.read_csv(workspace / "logs" / log)
    assert table.columns[0] == column
    assert table["change"].tolist() == ["smaller", "smaller"]
    assert table["validation accuracy"].between(0, 1).all()
    assert (table["validated on"] == "synthetic").all()
