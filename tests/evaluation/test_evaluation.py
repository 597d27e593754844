import subprocess
import sys

from lib import evaluation

SCRIPT = """
import sys
import lib.evaluation, lib.plots
heavy = {"tensorflow", "keras", "lib.models", "lib.training"} & sys.modules.keys()
sys.exit(f"imports {heavy}" if heavy else 0)
"""


def test_neither_evaluation_nor_plots_start_tensorflow():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_everything_public_is_there():
    for name in evaluation.__all__:
        assert getattr(evaluation, name) is not None
