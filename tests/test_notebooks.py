import ast
import os
import re
import subprocess
import sys

import freshness
import nbformat
import pytest
from markdown_it import MarkdownIt
from setup_cell import SETUP

from lib import paths

NOTEBOOKS = sorted(paths.NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    loaded = nbformat.read(request.param, as_version=4)
    loaded.stem = request.param.stem
    return loaded


def code(notebook):
    return [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]


def test_there_are_notebooks():
    assert len(NOTEBOOKS) >= 15


def test_outputs_are_those_of_the_code_and_the_files_that_are_there(notebook):
    assert freshness.changes(notebook) == [], "run `make notebooks`"


def test_first_cell_has_a_title_and_a_question(notebook):
    number, title = notebook.stem.split("_", 1)
    first = notebook.cells[0].source
    assert first.startswith(f"# {int(number)} · "), title
    assert re.search(r"\*\*[^*]+\?\*\*", first)


def test_setup_cell_comes_first_and_is_the_same_everywhere(notebook):
    (setup,) = [c for c in code(notebook) if "setup" in c.metadata.get("tags", [])]
    assert setup is code(notebook)[0]
    assert setup.source == SETUP, "run tools/setup_cell.py"


def test_cells_are_short(notebook):
    for cell in code(notebook):
        lines = cell.source.splitlines()
        assert len(lines) <= 25, lines[0]
        assert max(map(len, lines)) <= 88, max(lines, key=len)


def test_committed_outputs_are_those_of_a_full_run(notebook):
    cells = code(notebook)
    assert [c.execution_count for c in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [o for o in outputs if o.output_type == "error"]
    assert not [o.text for o in outputs if o.get("name") == "stderr"]
    assert "synthetic data" not in str(outputs)
    assert "Warning" not in str([o.get("text", "") for o in outputs])


def test_no_asterisk_of_an_emphasis_is_left_over(notebook):
    for cell in notebook.cells:
        texts = [
            output.get("data", {}).get("text/markdown", "") for output in cell.get("outputs", [])
        ]
        texts += [cell.source] if cell.cell_type == "markdown" else []
        for text in texts:
            html = MarkdownIt("commonmark").render(re.sub(r"(\$\$?)[^$]+\1", "$formula$", text))
            html = re.sub(r"<(code|pre)>.*?</\1>", "", html, flags=re.DOTALL)
            assert "*" not in html, text


def test_every_figure_says_in_words_what_it_shows(notebook):
    for cell in code(notebook):
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                alt = output.metadata["image/png"]["alt"]
                assert len(alt) >= 20, cell.source
                assert alt == cell.metadata["alt"]


def test_cells_parse_on_their_own(notebook):
    for cell in code(notebook):
        ast.parse(re.sub(r"^(\s*)[%!](?!=).*$", r"\1pass", cell.source, flags=re.MULTILINE))


def test_all_notebooks_run_in_the_demo_profile():
    """From nothing: `RETRAIN` makes no use of what an earlier run has left in models/demo."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PROFILE", "DATA_DIR")}
    run = subprocess.run(
        [sys.executable, "tools/run_notebooks.py", "--profile", "demo"],
        cwd=paths.ROOT,
        env=environment | {"RETRAIN": "1"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    for path in NOTEBOOKS:
        executed = nbformat.read(paths.BUILD / "notebooks" / path.name, as_version=4)
        text = str([cell.get("outputs") for cell in executed.cells]).lower()
        assert "synthetic" in text, f"{path.stem} does not say that its numbers are synthetic"
        assert (paths.BUILD / "notebooks" / f"{path.stem}.html").stat().st_size > 100_000
        assert not re.search(r"'name': 'stderr'", str(executed.cells)), path.stem
