"""A Keras network as an ONNX model, for dynamic lengths, in 32 or in 8 bits."""

import functools
import logging
import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import onnx

from lib.export.graph import Graph
from lib.export.operators import OPERATORS

if TYPE_CHECKING:
    import keras

LARGE = 100_000  # weights below which a matrix is quicker as it is


def to_onnx(network: "keras.Model", *, small: bool = False) -> onnx.ModelProto:
    """Write a functional network of `lib.models` as an ONNX model with output `logits`.

    Args:
        network: its inputs keep their names and types.
        small: tables with 8 bits a value and a scale a row, exactly as in the `.keras` file, and
            the matrices of a large network with 8 bits, which is then to be asked one text at a
            time. Recurrent and convolutional weights stay as they are: they are few, and in 8 bits
            slow.

    Raises:
        NotImplementedError: a layer has no counterpart here.
    """
    graph = Graph(small=small)
    names = [tensor.name for tensor in network.inputs]
    output = _walk(graph, network, names)
    shapes = (
        [
            size or f"{tensor.name}_{axis}" if axis else "batch"
            for axis, size in enumerate(tensor.shape)
        ]
        for tensor in network.inputs
    )
    types = (tensor.dtype for tensor in network.inputs)
    model = graph.model(dict(zip(names, zip(types, shapes, strict=True), strict=True)), output)
    return _quantized(model) if small else model


def _walk(graph: Graph, network: "keras.Model", inputs):
    """Write a network's layers in the order in which Keras computes them."""

    def writer(layer):
        kind = type(layer).__name__
        if kind == "Functional":  # a network in the network
            return lambda *given, **_: _walk(graph, layer, list(given))
        if kind not in OPERATORS:
            raise NotImplementedError(f"The layer {layer.name!r}, a {kind}, can't be exported.")
        return functools.partial(_write, OPERATORS[kind], graph, layer)

    return network._run_through_graph(inputs, operation_fn=writer)


def _write(operator, graph, layer, *args, **options):
    """Call an operator with what it is to know: how a layer is called in training is nothing."""
    options = {k: v for k, v in options.items() if v is not None and k != "training"}
    return operator(graph, layer, *args, **options)


def _quantized(model: onnx.ModelProto) -> onnx.ModelProto:
    """Keep large matrices in 8 bits, with a scale for each output, and multiply integers.

    What they are multiplied by is rounded by the largest value of the batch, so a text's answer
    would hang on those asked with it. Such a network is asked one text at a time; it has enough to
    do with one. A GELU lets few large values through, by which all others would be rounded to next
    to nothing, so the matrix behind it stays.
    """
    from onnxruntime.quantization import quantize_dynamic

    nodes, constants = model.graph.node, model.graph.initializer
    large = {one.name for one in constants if math.prod(one.dims) >= LARGE}
    left = [n.name for n in nodes if n.input[-1] not in large or n.input[0].startswith("Gelu")]
    disabled = logging.root.manager.disable
    logging.disable(logging.WARNING)  # it recommends a step that is of no use here
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "int8.onnx"
            # Of a range of 7 bits: in 8, the sums overflow on processors without VNNI.
            how = {"per_channel": True, "reduce_range": True, "op_types_to_quantize": ["MatMul"]}
            quantize_dynamic(model, path, nodes_to_exclude=left, **how)
            return onnx.load(path)
    finally:
        logging.disable(disabled)
