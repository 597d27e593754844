"""Ray Data on two nodes of this machine, one of which is killed in the middle."""

import csv
import threading
import time

import pytest

pytest.importorskip("onnxruntime", reason="needs requirements-serve.txt")
ray = pytest.importorskip("ray", reason="needs requirements-scale.txt")

from lib.data.dataset import DataError
from lib.export import export
from lib.serve import Runtime, cluster

ROWS = 40_000


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    import os

    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    # What hangs fails in minutes; Ray's own limit is half an hour.
    ray.data.DataContext.get_current().execution_no_progress_timeout_s = 300
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 2, "object_store_memory": 2e8})
    yield made
    ray.shutdown()
    made.shutdown()


def write(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text"])
        writer.writerows((f"{i:06}", "" if i % 10 == 3 else f"A film,\nnumber {i}") for i in rows)


def read(folder):
    rows = []
    for path in folder.glob("*.csv"):
        with path.open(newline="") as file:
            rows += csv.DictReader(file)
    return rows


def test_a_node_dies_in_the_middle_and_every_row_is_answered_once(nodes, tiny, tmp_path):
    exported = export(tiny, tmp_path / "exported", name="imdb/tiny")
    write(tmp_path / "in.csv", range(ROWS))
    (tmp_path / "in").mkdir()
    for part in range(8):
        write(tmp_path / "in" / f"{part}.csv", range(part * ROWS // 8, (part + 1) * ROWS // 8))
    second = nodes.add_node(num_cpus=2, object_store_memory=2e8)
    killed = []

    def kill():
        out = tmp_path / "out"
        while not (out.exists() and list(out.glob("*.csv"))):
            time.sleep(0.05)
        nodes.remove_node(second, allow_graceful=False)
        killed.append(len(list(out.glob("*.csv"))))

    killer = threading.Thread(target=kill)
    killer.start()
    options = {"name": "imdb/tiny", "actors": 4, "address": nodes.address}
    cluster.predict(exported, tmp_path / "in", tmp_path / "out", **options)
    killer.join()
    rows = read(tmp_path / "out")
    assert killed[0] < 8  # there was work left
    assert sorted(row["id"] for row in rows) == [f"{i:06}" for i in range(ROWS)]
    asked = [row for row in rows if row["text"]]
    assert len(asked) == ROWS * 9 // 10
    assert all((row["imdb/tiny"] != "") == (row["text"] != "") for row in rows)
    some = asked[:: len(asked) // 50]
    expected = Runtime(exported).predict_labels([row["text"] for row in some])
    assert [row["imdb/tiny"] for row in some] == expected


def test_faults_are_one_line(tiny, tmp_path):
    exported = export(tiny, tmp_path / "exported")
    write(tmp_path / "in.csv", range(3))
    with pytest.raises(DataError, match="no column"):
        cluster.predict(exported, tmp_path / "in.csv", tmp_path / "out", name="m", column="review")
    with pytest.raises(DataError, match="no CSV or Parquet"):
        cluster.predict(exported, tmp_path / "none.csv", tmp_path / "out", name="m")
    (tmp_path / "out").mkdir()
    with pytest.raises(DataError, match="there already"):
        cluster.predict(exported, tmp_path / "in.csv", tmp_path / "out", name="m")


def test_without_ray_one_line_says_what_to_install(tiny, tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(DataError, match=r"requirements-scale\.txt"):
        cluster.predict(tmp_path, tmp_path / "in.csv", tmp_path / "out", name="m")
