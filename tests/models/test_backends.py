"""Our layers keep their contract under another backend of Keras, too."""

import importlib.util
import os
import subprocess
import sys

import pytest

from lib import paths

FILES = [f"tests/models/test_{name}.py" for name in ("layers", "linear_recurrence", "windows")]


@pytest.mark.skipif(
    importlib.util.find_spec("jax") is None, reason="needs jax, of requirements-reference.txt"
)
def test_layers_keep_their_contract_under_jax():
    environment = os.environ | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *FILES],
        cwd=paths.ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-3000:]
    assert " passed" in run.stdout or "%]" in run.stdout
