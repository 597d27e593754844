import ast

import build_notebook
import nbformat
import pytest
from setup_cell import SETUP

from lib import paths

DRAFT = '''# %% [markdown]
# # 4 · A draft

# %% tags=["setup"]
SETUP

# %%
evaluation.say(f"""
    One sentence that is much longer than a line may be, with {table["accuracy"].max():.4f} in
    its middle and an end.

    - a list stays
    - as it is
""")

# %% alt="A line"
plt.show()
'''


@pytest.fixture
def build(tmp_path, monkeypatch):
    def make(source):
        monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path)
        monkeypatch.setattr(build_notebook, "DRAFTS", tmp_path)
        (tmp_path / "04_a.py").write_text(source)
        monkeypatch.setattr("sys.argv", ["build_notebook.py", "04_a"])
        build_notebook.main()
        return nbformat.read(tmp_path / "04_a.ipynb", as_version=4)

    return make


def test_a_draft_becomes_a_notebook(build, capsys):
    notebook = build(DRAFT)
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds == ["markdown", "code", "code", "code"]
    assert notebook.cells[1].source == SETUP
    assert notebook.cells[3].metadata["alt"] == "A line"
    said = notebook.cells[2].source
    assert max(map(len, said.splitlines())) <= 88
    assert '{table["accuracy"].max():.4f}' in said
    assert "    - a list stays\n    - as it is\n" in said
    ast.parse(said)
    assert capsys.readouterr().out.count("\n") == 1


def test_what_a_notebook_may_not_have_is_said(build, capsys):
    build(DRAFT.replace(' alt="A line"', "") + "\n".join(f"x{i} = {i}" for i in range(30)))
    out = capsys.readouterr().out
    assert "a cell of 31 lines" in out
    assert "a figure without alt text" in out
