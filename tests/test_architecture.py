"""The house as drawn: rooms, arrows between them, their size."""

import ast
import graphlib
import subprocess
import sys
import tomllib

import pytest
from setuptools import find_packages

from lib import paths

LIB = paths.ROOT / "lib"
ROOMS = {"text", "data", "models", "training", "evaluation", "plots", "export", "serve"}
MAY_IMPORT = {
    "text": {"progress", "paths"},
    "data": {"text", "progress", "paths"},
    "models": {"text", "data", "progress", "paths"},
    "evaluation": {"text", "data", "progress", "paths"},
    "training": {"text", "data", "models", "progress", "paths"}
    | {"evaluation.results", "evaluation.publish"},
    "plots": set(),
    "export": {"models", "evaluation.results", "evaluation.seeds", "paths"},
    "serve": {"text", "data", "progress", "paths"},
    "paths": set(),
    "progress": set(),
    "predict": {"text", "data", "models", "evaluation", "serve", "progress", "paths"},
}
INSIDE_FUNCTIONS = {"evaluation": {"models"}, "training.history": {"plots"}}
INSIDE_FUNCTIONS |= {"serve.app": {"evaluation.explain"}}
# The first may only shrink, but for what a step adds: 6,510 before the architectures of 10 and 12,
# the ladders and seeds of all notebooks, the drawings of networks, export, serving and tuning,
# ensembles and what they teach, and n-grams weighed by many classes and that nothing finished is
# lost or taken for something else, a full disk said in one line, and texts read once for all
# variants of a recipe: 81. What nine notebooks had each written for themselves, a list and a
# comparison in words: 16.
LINES, LINES_OF_A_MODULE = 6_510 + 886 + 3_320 + 510 + 81 + 16, 200


def name_of(file):
    parts = file.relative_to(LIB).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(file): file for file in sorted(LIB.rglob("*.py"))}


def imports(name, *, inside_functions):
    """Return what a module imports of lib, by dotted names without `lib.` in front."""
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    deferred = {id(n) for function in functions for n in ast.walk(function)}
    found = set()
    for node in ast.walk(tree):
        if (id(node) in deferred) != inside_functions:
            continue
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: a relative import"
            targets = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for target in targets:
            if target.split(".")[0] == "lib":
                target = target.removeprefix("lib").lstrip(".")
                while target not in MODULES:  # a name of a module
                    target = target.rpartition(".")[0]
                found.add(target)
    return found - {""}


def allowed(name, target, among):
    """Whether a module or its room may import a module, its room or all of it."""
    room, *_ = name.split(".")
    if target.split(".")[0] == room:
        return True
    names = among.get(room, set()) | among.get(name, set())
    return any(target == given or target.startswith(f"{given}.") for given in names)


def test_the_rooms_are_those_drawn():
    packages = {file.parent.name for file in LIB.glob("*/__init__.py")}
    assert packages == ROOMS
    assert {name.split(".")[0] for name in MODULES} - {""} == set(MAY_IMPORT)


@pytest.mark.parametrize("name", MODULES)
def test_arrows_between_rooms_go_one_way(name):
    assert not [
        t for t in imports(name, inside_functions=False) if not allowed(name, t, MAY_IMPORT)
    ]
    deferred = [
        target
        for target in imports(name, inside_functions=True)
        if not allowed(name, target, MAY_IMPORT) and not allowed(name, target, INSIDE_FUNCTIONS)
    ]
    assert not deferred


def test_modules_do_not_import_each_other_in_a_circle():
    graph = {name: imports(name, inside_functions=False) for name in MODULES}
    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def python(*arguments, cwd, **environment):
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)


def test_text_data_plots_and_evaluation_start_without_keras_from_anywhere(tmp_path):
    code = "import sys, lib.text, lib.data, lib.plots, lib.evaluation; "
    code += "print({'keras', 'tensorflow', 'torch', 'nltk', 'gensim'} & sys.modules.keys())"
    started = python("-c", code, cwd=tmp_path)
    assert started.stdout == "set()\n", started.stderr


def test_shipped_models_are_seen_from_anywhere(tmp_path):
    command = ["-m", "lib.predict", "--model", "imdb/bilst", "Fine."]
    asked = python(*command, cwd=tmp_path, PROFILE="full")
    assert asked.returncode == 2
    assert "No model 'imdb/bilst'; there are: imdb/bilstm" in asked.stderr


def test_plain_installation_says_where_models_are_looked_for(tmp_path):
    (tmp_path / "lib").symlink_to(LIB)
    code = "import lib.paths, pathlib, runpy, sys; lib.paths.ROOT = pathlib.Path.cwd(); "
    code += "sys.argv = ['predict', 'Fine.']; runpy.run_module('lib.predict', run_name='__main__')"
    asked = python("-c", code, cwd=tmp_path)
    assert asked.returncode == 2
    (line,) = asked.stderr.splitlines()
    assert f"No models in {tmp_path / 'models'}" in line


def test_all_rooms_are_in_the_package():
    settings = tomllib.loads((paths.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    include = settings["tool"]["setuptools"]["packages"]["find"]["include"]
    assert set(find_packages(paths.ROOT, include=include)) == {"lib"} | {f"lib.{r}" for r in ROOMS}


def test_no_module_is_long_and_the_whole_is_small():
    lines = {name: len(file.read_text("utf-8").splitlines()) for name, file in MODULES.items()}
    assert {name: n for name, n in lines.items() if n > LINES_OF_A_MODULE} == {}
    assert sum(lines.values()) <= LINES


@pytest.mark.parametrize("name", [n for n, file in MODULES.items() if file.stem[:2] != "__"])
def test_every_module_has_tests(name):
    *room, module = name.split(".")
    assert (paths.ROOT / "tests" / "/".join(room) / f"test_{module}.py").exists()
