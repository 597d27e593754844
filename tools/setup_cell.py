"""The set-up cell, the same in every notebook; run this after changing it here.

python tools/setup_cell.py
"""

import nbformat

from lib import paths

SETUP = """\
# Set-up, the same in every notebook; first, so that TensorFlow starts quietly.
try:
    from lib import data, evaluation, models, plots, training
except ModuleNotFoundError as error:
    if error.name != "lib":
        raise
    raise SystemExit(
        "There is no lib: run `pip install -e .` in the repository's folder (on Colab, "
        "clone or upload it, `%pip install -q -e <folder>`, restart the session)."
    ) from None"""


def main() -> None:
    for path in sorted(paths.NOTEBOOKS.glob("[0-9][0-9]_*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if "setup" in cell.metadata.get("tags", []):
                cell.source = SETUP
        nbformat.write(notebook, path)


if __name__ == "__main__":
    main()
