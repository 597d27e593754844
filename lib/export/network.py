"""A Keras network as an ONNX model, for dynamic lengths, in 32 or in 8 bits."""

import functools
import logging
import math
from typing import TYPE_CHECKING

import onnx

from lib.export.graph import Graph
from lib.export.operators import OPERATORS

if TYPE_CHECKING:
    import keras

LARGE = 10_000  # weights below which a matrix is not worth rounding


def to_onnx(network: "keras.Model", *, small: bool = False) -> onnx.ModelProto:
    """Write a functional network of `lib.models` as an ONNX model with output `logits`.

    Args:
        network: its inputs keep their names and types.
        small: tables with 8 bits a value and a scale a row, exactly as in the `.keras` file, and
            large matrices with 8 bits. Recurrent and convolutional weights stay as they are: they
            are few, and in 8 bits slow, or no longer the same for every batch.

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
    """Keep large matrices in 8 bits, a scale for each 32 weights.

    What they are multiplied by is rounded for each word alone. Rounded by the batch, which is
    faster, a text's answer would hang on the texts that happen to be asked with it.
    """
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    sizes = {one.name: math.prod(one.dims) for one in model.graph.initializer}
    left = [n.name for n in model.graph.node if sizes.get(("", *n.input)[-1], 0) < LARGE]
    disabled = logging.root.manager.disable
    logging.disable(logging.WARNING)  # it tells of each matrix
    try:
        quantizer = MatMulNBitsQuantizer(
            model,
            bits=8,
            block_size=32,
            is_symmetric=True,
            accuracy_level=4,  # integers are multiplied
            nodes_to_exclude=left,
        )
        quantizer.process()
    finally:
        logging.disable(disabled)
    found = quantizer.model.model
    used = {name for node in found.graph.node for name in node.input}
    kept = [one for one in found.graph.initializer if one.name in used]
    del found.graph.initializer[:]  # the matrices as they were are still there
    found.graph.initializer.extend(kept)
    return found
