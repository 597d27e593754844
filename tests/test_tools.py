import asyncio
import base64
import io
import re
import subprocess
import sys
from pathlib import Path

import freshness
import nbformat
import numpy as np
import pytest
import run_notebooks
from PIL import Image
from setup_cell import SETUP
from tidy import tidy

from lib import paths

USE = "from lib import paths\npaths.record_use(paths.models_root() / 'imdb' / 'lstm.json')"


def make_notebook(*sources):
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return notebook


@pytest.fixture
def runner(tmp_path, monkeypatch):
    """A folder of notebooks, models and library of the runner's own."""
    monkeypatch.setattr(run_notebooks, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(run_notebooks, "OUTPUT", tmp_path / "build")
    monkeypatch.setattr(freshness, "MODELS", tmp_path / "models")
    monkeypatch.setattr(freshness, "LIBRARY", tmp_path / "lib")
    for name in ("FORCE", "RETRAIN"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "models" / "imdb").mkdir(parents=True)
    (tmp_path / "lib").mkdir()
    return tmp_path


def written(folder, *sources):
    path = folder / "01_a.ipynb"
    nbformat.write(make_notebook(*sources), path)
    return path


def run(path, profile):
    return asyncio.run(run_notebooks.run(path, profile))


def changes(path):
    return freshness.changes(nbformat.read(path, as_version=4))


def test_full_run_is_written_in_place_and_then_up_to_date(runner, monkeypatch):
    path = written(runner, "x = 1", "print(x + 1)")
    assert changes(path) == ["no record of a run"]
    assert re.fullmatch(r"01_a +\d s  ok, as no record of a run", run(path, "full"))
    assert changes(path) == []
    assert run(path, "full") == f"{'01_a':<18} up to date"
    executed = nbformat.read(path, as_version=4)
    assert executed.cells[1].outputs[0].text == "2\n"
    executed.cells[1].source = "print(x + 2)"
    nbformat.write(executed, path)
    assert changes(path) == ["its code has changed"]
    for name in ("FORCE", "RETRAIN"):
        monkeypatch.setenv(name, "1")
        assert run_notebooks.changes(executed)[-1] == f"{name} is set"


def test_change_of_a_file_that_was_read_makes_a_notebook_stale(runner):
    path, metrics = written(runner, USE), runner / "models" / "imdb" / "lstm.json"
    metrics.write_text("1")
    run(path, "full")
    assert changes(path) == []
    (metrics.parent / "other.json").write_text("2")
    assert changes(path) == []
    metrics.write_text("2")
    assert changes(path) == ["imdb/lstm.json has changed"]
    metrics.unlink()
    assert changes(path) == ["imdb/lstm.json has changed"]


def test_a_new_run_makes_a_notebook_stale_that_reads_them_all(runner):
    path = written(runner, USE.replace("'imdb' / 'lstm.json'", "'*' / '[!.]*.json'"))
    run(path, "full")
    assert changes(path) == []
    (runner / "models" / "imdb" / "lstm.json").write_text("1")
    assert changes(path) == ["*/[!.]*.json has changed"]


def test_change_of_lib_alone_is_said_and_runs_a_notebook_again_on_demand(runner, monkeypatch):
    path = written(runner, "1 + 1")
    run(path, "full")
    (runner / "lib" / "new.py").write_text("")
    assert changes(path) == []
    assert run(path, "full") == f"{'01_a':<18} up to date; lib has changed since"
    monkeypatch.setenv("FORCE", "1")
    assert "ok, as FORCE is set" in run(path, "full")
    monkeypatch.delenv("FORCE")
    assert run(path, "full") == f"{'01_a':<18} up to date"


def test_demo_run_leaves_the_notebook_alone(runner):
    path = written(runner, "print(1)")
    before = path.read_bytes()
    run(path, "demo")
    assert path.read_bytes() == before
    assert (runner / "build" / "01_a.html").exists()


def test_failing_run_shows_the_cell_and_the_error_and_leaves_the_notebook_alone(runner):
    path = written(runner, "x = 1", "y = x / 0")
    before = path.read_bytes()
    with pytest.raises(run_notebooks.Failed) as failed:
        run(path, "full")
    lines = str(failed.value).splitlines()
    assert lines[0].startswith("01_a ")
    assert "y = x / 0" in lines[2]
    assert "ZeroDivisionError: division by zero" in lines[3]
    assert len(lines) == 4
    assert path.read_bytes() == before
    shown = nbformat.read(runner / "build" / "01_a.ipynb", as_version=4)
    assert shown.cells[1].outputs[0].ename == "ZeroDivisionError"


def test_notebook_that_was_edited_while_it_ran_is_not_overwritten(runner):
    path = written(runner, "from pathlib import Path\nPath('01_a.ipynb').write_text('{}')")
    with pytest.raises(run_notebooks.Failed, match="edited while it ran"):
        run(path, "full")
    assert path.read_text() == "{}"
    assert (runner / "build" / "01_a.ipynb").exists()


def test_notebooks_with_an_order_are_there():
    numbers = {path.stem[:2] for path in paths.NOTEBOOKS.glob("*.ipynb")}
    assert numbers >= {*run_notebooks.IN_ORDER, run_notebooks.LAST}


def test_dead_kernel_is_a_failure(runner):
    path = written(runner, "import os\nos._exit(1)")
    with pytest.raises(run_notebooks.Failed, match="DeadKernelError"):
        run(path, "demo")


def test_each_notebook_starts_when_those_it_reads_from_have_finished(monkeypatch):
    stems = "01 02 03 04 13 14 19".split()
    events, most = [], 0

    async def pretend(path, profile):
        nonlocal most
        events.append(("start", path.stem))
        most = max(most, 2 * sum(e[0] == "start" for e in events) - len(events))
        await asyncio.sleep(0.01 if path.stem > "10" else 0.03)
        events.append(("end", path.stem))
        return ""

    monkeypatch.setattr(run_notebooks, "run", pretend)
    asyncio.run(run_notebooks.run_all([Path(f"{stem}.ipynb") for stem in stems], "demo", 2))
    assert most == 2
    assert len(events) == 2 * len(stems)
    for earlier, later in (("02", "03"), ("03", "04")):
        assert events.index(("end", earlier)) < events.index(("start", later))
    assert events[-2:] == [("start", "19"), ("end", "19")]
    assert events.index(("start", "13")) < events.index(("end", "03"))  # side by side


def test_first_failure_stops_the_rest(monkeypatch):
    started = []

    async def pretend(path, profile):
        started.append(path.stem)
        await asyncio.sleep(0.01 if path.stem == "02" else 60)
        raise run_notebooks.Failed("02 FAILED")

    monkeypatch.setattr(run_notebooks, "run", pretend)
    chosen = [Path(f"{stem}.ipynb") for stem in ("02", "03", "13", "14")]
    with pytest.raises(ExceptionGroup) as group:
        asyncio.run(run_notebooks.run_all(chosen, "demo", 2))
    assert [str(error) for error in group.value.exceptions] == ["02 FAILED"]
    assert started == ["02", "13"]


def test_unknown_notebook_is_refused(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["run_notebooks.py", "--profile", "demo", "99_nothing"])
    assert run_notebooks.main() == 2
    assert "No notebook ['99_nothing']" in capsys.readouterr().out


def start_setup_cell(folder):
    """Run the set-up cell where no package is installed but what lies in the folder."""
    command = [sys.executable, "-S", "-c", SETUP]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_setup_cell_says_in_one_line_what_to_do_without_lib(tmp_path):
    started = start_setup_cell(tmp_path)
    assert started.returncode == 1
    (line,) = started.stderr.splitlines()
    assert "`pip install -e .`" in line
    assert "Colab" in line


def test_setup_cell_does_not_hide_another_missing_package(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "__init__.py").write_text("import no_such_package")
    assert "No module named 'no_such_package'" in start_setup_cell(tmp_path).stderr


def test_progress_bars_are_settled():
    notebook = make_notebook("x")
    pieces = ["\r 10%", "\r 50%\r100%\n1/3 ", "\x08\x08\x08\x083/3 done\n\x1b[1mbold\x1b[0m\n"]
    pieces += ["\rbar 40%", "\r       \r", "plain\n", "\rgone\r    \r"]
    notebook.cells[0].outputs = [
        nbformat.v4.new_output("stream", name="stdout", text=text) for text in pieces
    ]
    tidy(notebook)
    (output,) = notebook.cells[0].outputs
    assert output.text == "100%\n3/3 done\nbold\nplain\n"


def test_figures_shrink_and_look_the_same():
    shades = np.tile(np.arange(200, dtype="uint8")[:, None, None], (1, 300, 3))
    shades += np.random.default_rng(0).integers(0, 2, (200, 300, 3), dtype="uint8")
    image = io.BytesIO()
    Image.fromarray(shades).save(image, "PNG")
    before = base64.b64encode(image.getvalue()).decode()
    notebook = make_notebook("x")
    figure = nbformat.v4.new_output("display_data", data={"image/png": before})
    notebook.cells[0].outputs = [figure]
    tidy(notebook)
    after = notebook.cells[0].outputs[0].data["image/png"]
    assert len(after) < len(before) / 2
    drawn = np.asarray(Image.open(io.BytesIO(base64.b64decode(after))).convert("RGB"))
    assert np.abs(drawn.astype(int) - shades).max() <= 4


def test_readme_is_not_stale():
    check = subprocess.run(
        [sys.executable, "tools/report.py", "--check"],
        cwd=paths.ROOT,
        env={"PROFILE": "full", "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert check.returncode == 0, check.stdout + check.stderr


def test_readme_links_lead_somewhere():
    text = (paths.ROOT / "README.md").read_text("utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if not target.startswith("http"):
            assert (paths.ROOT / target).exists(), target


def test_lib_is_not_ignored_by_git():
    ignored = subprocess.run(
        ["git", "check-ignore", "lib/data/dataset.py"],
        cwd=paths.ROOT,
        capture_output=True,
        text=True,
    )
    assert ignored.stdout == ""


REQUIREMENT = r"([\w-]+(\[[\w,]+\])?(~=|==)[\d.]+|-r [\w.-]+) +# .+"


def test_every_requirement_is_pinned_with_a_reason():
    for file in paths.ROOT.glob("requirements*.txt"):
        for line in file.read_text().splitlines():
            if line and not line.startswith("#"):
                assert re.fullmatch(REQUIREMENT, line), line
