import numpy as np
import onnx
import pytest

onnxruntime = pytest.importorskip("onnxruntime", reason="needs requirements-serve.txt")

from lib.export.graph import Graph

IDS = {"ids": ("int32", ["batch", "n"])}


def run(graph, output, ids):
    session = onnxruntime.InferenceSession(graph.model(IDS, output).SerializeToString())
    return session.run(None, {"ids": np.array(ids, "int32")})[0]


def test_operators_are_methods_and_arrays_constants():
    graph = Graph()
    doubled = graph.Mul(graph.cast("ids", "float32"), np.float32(2))
    shifted = graph.Add(graph.Add(doubled, np.float32(2)), np.array([1.0, 2.0], "float32"))
    assert run(graph, shifted, [[1, 2]]).tolist() == [[5.0, 8.0]]
    assert len(graph.constants) == 2  # 2 is kept once


def test_several_outputs():
    graph = Graph()
    left, right = graph.Split("ids", num_outputs=2, axis=1, outputs=2)
    assert run(graph, graph.cast(graph.Sub(right, left), "float32"), [[3, 10]]).tolist() == [[7]]


def test_rows_of_a_table_in_32_and_in_8_bits():
    table = np.random.default_rng(0).normal(size=(5, 12)).astype("float32")
    ids = [[4, 0]]
    graph = Graph()
    rows, scale = graph.rows(table, "ids")
    assert scale is None
    assert np.array_equal(run(graph, rows, ids), table[ids])
    graph = Graph(small=True)
    rows, scale = graph.rows(table, "ids")
    found = run(graph, graph.Mul(rows, graph.Unsqueeze(scale, [-1])), ids)
    assert np.abs(found - table[ids]).max() <= np.abs(table).max() / 127 / 2 + 1e-6
    graph = Graph(small=True)
    rows, scale = graph.rows(table[:, :2], "ids")  # narrow: 16 bits
    assert scale is None
    assert np.allclose(run(graph, rows, ids), table[ids][..., :2], atol=1e-3)


def test_what_is_no_operator_fails():
    with pytest.raises(AttributeError):
        _ = Graph().matmul
    graph = Graph()
    with pytest.raises(onnx.checker.ValidationError):
        graph.model(IDS, graph.Matmul("ids", "ids"))
