"""A Keras network as an ONNX model, for dynamic lengths, in 32 or in 8 bits."""

import functools
import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import onnx

from lib.export.graph import Graph
from lib.export.operators import OPERATORS

if TYPE_CHECKING:
    import keras

QUANTIZED = ["MatMul", "LSTM"]  # convolutions in 8 bits are slower than in 32


def to_onnx(network: "keras.Model", *, small: bool = False) -> onnx.ModelProto:
    """Write a functional network of `lib.models` as an ONNX model with output `logits`.

    Args:
        network: its inputs keep their names and types.
        small: tables with 8 bits a value and a scale a row, exactly as in the `.keras` file, and
            the matrices of dense and LSTM layers with 8 bits, multiplied in integers.

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
    from onnxruntime.quantization import QuantType, quantize_dynamic

    options = {"op_types_to_quantize": QUANTIZED, "weight_type": QuantType.QInt8}
    disabled = logging.root.manager.disable
    logging.disable(logging.WARNING)  # it wants a preparation that needs fixed lengths
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "small.onnx"
            quantize_dynamic(model, path, per_channel=True, **options)
            return onnx.load(path)
    finally:
        logging.disable(disabled)
