"""Ray Tune on two nodes of this machine: one is killed during the search; then the driver is."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import optuna
import pytest

ray = pytest.importorskip("ray", reason="needs requirements-scale.txt")

from lib import data, paths
from lib.data import DataError
from lib.training import cluster

BUILD = {"max_features": 300, "units": 4, "bag_dropout": 0.0, "dropout": 0.0}
QUICK = {"epochs": 4, "ema_momentum": 0.0, "batch_size": 16}


def space(trial):
    rate = trial.suggest_float("learning_rate", 1e-4, 1e-1)
    if isinstance(trial, optuna.trial.FixedTrial):  # in a worker, about to train
        Path(os.environ["BEGUN"], str(rate)).touch()
    return BUILD, QUICK | {"learning_rate": rate}


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["BEGUN"] = str(tmp_path_factory.mktemp("begun"))  # workers get it from their node
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "object_store_memory": 2e8})
    yield made
    ray.shutdown()
    made.shutdown()


def begun():
    """How many trials of `space` have begun so far."""
    return len(os.listdir(os.environ["BEGUN"]))


def test_a_node_dies_during_the_search_and_no_trial_is_lost(workspace, dataset, nodes):
    second = nodes.add_node(num_cpus=1, object_store_memory=2e8)
    few, before = data.subset(dataset, 200), []

    def kill():
        while begun() < 3:  # one has ended, as a node runs one at a time
            time.sleep(0.02)
        before.append(begun())
        nodes.remove_node(second, allow_graceful=False)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    grid = cluster.search("two", "ffnn", few, trials=6, space=space, address=nodes.address)
    killer.join()
    assert before[0] < 6  # there was work left
    assert len(grid) == 6
    assert grid.num_errors == 0
    table = grid.get_dataframe()
    assert table["loss"].notna().all()
    assert table["config/learning_rate"].nunique() == 6


def test_the_driver_is_killed_and_the_search_goes_on(workspace, dataset, nodes):
    code = f"""
import sys, pathlib; sys.path[:0] = {sys.path!r}
from lib import data, paths
paths.BUILD = pathlib.Path({str(workspace / "build")!r})
from lib.training import cluster
few = data.subset(data.load("imdb"), 200)
cluster.search("gone", "ffnn", few, trials=4, address={nodes.address!r})
"""
    often = os.environ | {"TUNE_GLOBAL_CHECKPOINT_S": "1"}
    process = subprocess.Popen([sys.executable, "-c", code], env=often)
    folder = paths.tuning_dir() / "ray" / "gone"
    noted, states = "*/result.json", "experiment_state-*.json"
    while len(list(folder.glob(noted))) < 2 or not list(folder.glob(states)):
        assert process.poll() is None
        time.sleep(0.2)
    time.sleep(2)  # for the state to be written again
    process.send_signal(signal.SIGKILL)
    process.wait()
    few = data.subset(dataset, 200)
    grid = cluster.search("gone", "ffnn", few, trials=4, address=nodes.address)
    assert len(grid) == 4
    assert grid.num_errors == 0
    assert grid.get_dataframe()["loss"].notna().all()


def test_faults_are_one_line(workspace, dataset, monkeypatch):
    with pytest.raises(ValueError, match="No space for 'table'"):
        cluster.search("x", "table", dataset, trials=1)
    with pytest.raises(ValueError, match="'ffnn' suggests no option"):
        cluster.search("x", "ffnn", dataset, trials=1, space=lambda trial: (BUILD, QUICK))
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(DataError, match=r"requirements-scale\.txt"):
        cluster.search("x", "ffnn", dataset, trials=1)
