import ast
import os
import re
import subprocess
import sys

import nbformat
import pytest

from lib import paths

NOTEBOOKS = sorted(paths.NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
MODEL_HEADINGS = [
    "Question",
    "Setup",
    "Data",
    "Model",
    "Train",
    "Evaluate",
    "Probe",
    "Save and reload",
    "What we learned",
]
MODEL_NOTEBOOKS = {
    "03_ffnn",
    "04_rnn",
    "05_lstm",
    "06_gru",
    "07_cnn",
    "08_attention",
    "09_transformer",
    "10_distilbert",
    "11_newsgroups",
    "12_emotions",
    "13_tweets",
    "14_churn",
}


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    loaded = nbformat.read(request.param, as_version=4)
    loaded.stem = request.param.stem
    return loaded


def code(notebook):
    return [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]


def headings(notebook):
    text = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    return re.findall(r"^## (.+)$", text, re.MULTILINE)


def test_there_are_notebooks():
    stems = {path.stem for path in NOTEBOOKS}
    assert {"01_eda", "02_embeddings", "17_comparison", *MODEL_NOTEBOOKS} <= stems


def test_first_cell_has_a_title_and_a_question(notebook):
    number, title = notebook.stem.split("_", 1)
    first = notebook.cells[0].source
    assert first.startswith(f"# {int(number)} · "), title
    assert re.search(r"\*\*[^*]+\?\*\*", first)


def test_setup_cell_is_the_same_everywhere(notebook):
    (setup,) = [c for c in code(notebook) if "setup" in c.metadata.get("tags", [])]
    assert setup is code(notebook)[0]
    reference = nbformat.read(NOTEBOOKS[0], as_version=4)
    (expected,) = [c for c in code(reference) if "setup" in c.metadata.get("tags", [])]
    assert setup.source == expected.source


def test_headings_end_with_what_we_learned(notebook):
    assert headings(notebook)[-1] == "What we learned"
    if notebook.stem in MODEL_NOTEBOOKS:
        assert headings(notebook) == MODEL_HEADINGS


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


def test_no_number_in_prose_that_a_run_can_change(notebook):
    """Prose may name years, settings and the level of an interval; an accuracy it may not."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            prose = re.sub(r"\$[^$]*\$", "", cell.source)
            assert not re.search(r"(?<![\w.])0?\.[5-9]\d{1,3}(?!\d)", prose), cell.source
            assert set(re.findall(r"\d\d(?:\.\d)? ?%", prose)) <= {"95 %"}, cell.source


def test_cells_parse_on_their_own(notebook):
    for cell in code(notebook):
        ast.parse(re.sub(r"^(\s*)[%!](?!=).*$", r"\1pass", cell.source, flags=re.MULTILINE))


def test_all_notebooks_run_in_the_demo_profile():
    environment = {k: v for k, v in os.environ.items() if k not in ("PROFILE", "DATA_DIR")}
    run = subprocess.run(
        [sys.executable, "tools/run_notebooks.py", "--profile", "demo"],
        cwd=paths.ROOT,
        env=environment,
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
