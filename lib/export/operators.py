"""Which ONNX operators a Keras layer or operation is made of: a table of short functions.

Each writes one kind. It is given the graph, the layer, and the layer's inputs as names of the
graph, and returns the names of the outputs. Layers of training alone are written as nothing.
"""

import numpy as np

from lib.export.attention import encoder_block, multi_head_attention, rotary_attention
from lib.export.graph import Graph
from lib.export.recurrences import recurrence

LOWEST = np.float32(-1e4)  # below any activation, as in the layers


def _unchanged(graph: Graph, layer, x, *_, **__):
    return x


def _embedding(graph, layer, ids):
    rows, scale = graph.rows(layer.embeddings.numpy(), ids)
    return rows if scale is None else graph.Mul(rows, graph.Unsqueeze(scale, [-1]))


def _sparse_dense(graph, layer, ids, values):
    rows, scale = graph.rows(layer.kernel.numpy(), ids)
    values = values if scale is None else graph.Mul(values, scale)
    bag = graph.Squeeze(graph.MatMul(graph.Unsqueeze(values, [1]), rows), [1])
    return graph.Add(bag, layer.bias.numpy())


def _dense(graph, layer, x):
    x = graph.MatMul(x, layer.kernel.numpy())
    x = x if layer.bias is None else graph.Add(x, layer.bias.numpy())
    return _activation(graph, layer, x)


def _activation(graph, layer, x):
    kind = layer.activation.__name__
    return x if kind == "linear" else getattr(graph, kind.title())(x)


def _convolution(graph, layer, x):
    kernel = layer.kernel.numpy().transpose(2, 1, 0)  # ONNX: (filters, features, size)
    bias = [] if layer.bias is None else [layer.bias.numpy()]
    padding = {"same": "SAME_UPPER", "valid": "VALID"}[layer.padding]
    x = graph.Conv(graph.Transpose(x, perm=[0, 2, 1]), kernel, *bias, auto_pad=padding)
    return _activation(graph, layer, graph.Transpose(x, perm=[0, 2, 1]))


def _layer_normalization(graph, layer, x):
    bias = [] if layer.beta is None else [layer.beta.numpy()]
    options = {"axis": -1, "epsilon": layer.epsilon}
    return graph.LayerNormalization(x, layer.gamma.numpy(), *bias, **options)


def _unit_normalization(graph, layer, x):
    length = graph.ReduceL2(x, [-1], keepdims=1)
    return graph.Div(x, graph.Max(length, np.float32(1e-12)))


def _normalization(graph, layer, x):
    return graph.Div(graph.Sub(x, np.array(layer.mean)), np.sqrt(np.array(layer.variance)))


def _one_hot(graph, layer, index):
    hot = graph.OneHot(graph.cast(index, "int64"), [layer.num_tokens], np.array([0, 1], "float32"))
    return graph.Squeeze(hot, [1])


def _position_embedding(graph, layer, x):
    time = graph.Shape(x, start=1, end=2)
    return graph.Add(x, graph.Slice(layer.table.numpy(), [0], time, [0]))


def _cut_windows(graph, layer, ids):
    size = graph.Min(graph.Shape(ids, start=1, end=2), [layer.size])
    return graph.Reshape(ids, graph.Concat([-1], size, axis=0))


def _join_windows(graph, layer, states, ids):
    return graph.Reshape(states, graph.Concat(graph.Shape(ids), [-1], axis=0))


def _average_pooling(graph, layer, x, *, mask):
    kept = graph.Unsqueeze(graph.cast(mask, "float32"), [-1])
    total = graph.ReduceSum(graph.Mul(x, kept), [1], keepdims=0)
    return graph.Div(total, graph.ReduceSum(kept, [1], keepdims=0))


def _max_pooling(graph, layer, x, *, mask):
    return graph.ReduceMax(graph.Where(graph.Unsqueeze(mask, [-1]), x, LOWEST), [1], keepdims=0)


def _attention_pooling(graph, layer, x, *, mask):
    scores = graph.Squeeze(graph.MatMul(x, layer.kernel.numpy()), [-1])
    weights = graph.Softmax(graph.Where(mask, scores, LOWEST), axis=-1)
    return graph.Squeeze(graph.MatMul(graph.Unsqueeze(weights, [1]), x), [1])


def _k_max_pooling(graph, layer, x, *, mask, lengths):
    last, top = layer.level == layer.levels, graph.constant([layer.top])

    def k(words):  # as DynamicKMaxPooling1D.k
        share = graph.Mul(words, [layer.levels - layer.level])
        return graph.Max(top, graph.Div(graph.Add(share, [layer.levels - 1]), [layer.levels]))

    width = top if last else k(graph.Shape(x, start=1, end=2))
    values = graph.Where(graph.Unsqueeze(mask, [-1]), x, LOWEST)
    values = graph.Pad(values, [0, 0, 0, 0, layer.top, 0], LOWEST)
    by_feature = graph.Transpose(values, perm=[0, 2, 1])
    _, positions = graph.TopK(by_feature, width, outputs=2)
    kept = graph.ReduceSum(graph.cast(mask, "int64"), [1], keepdims=0)
    kept = graph.Unsqueeze(graph.Min(k(graph.cast(lengths, "int64")), kept), [-1])
    chosen = graph.Less(graph.Range(0, graph.Squeeze(width), 1), kept)
    end = graph.Sub(graph.Shape(values, start=1, end=2), [1])
    positions = graph.Where(graph.Unsqueeze(chosen, [1]), positions, end)
    positions, _ = graph.TopK(positions, width, largest=0, outputs=2)  # in their order
    pooled = graph.GatherElements(by_feature, positions, axis=-1)
    pooled = graph.Transpose(pooled, perm=[0, 2, 1])
    return graph.Where(graph.Unsqueeze(chosen, [-1]), pooled, np.float32(0)), chosen


def _item(graph, layer, x, key):
    """Slices and single positions, an axis after the other."""
    if not all(isinstance(part, slice | int) for part in key):
        raise NotImplementedError(f"The index {key} can't be exported.")
    for axis, part in enumerate(key):
        if isinstance(part, slice) and part != slice(None):
            end = np.iinfo("int64").max if part.stop is None else part.stop
            x = graph.Slice(x, [part.start or 0], [end], [axis], [part.step or 1])
    single = [axis for axis, part in enumerate(key) if isinstance(part, int)]
    for axis in single[::-1]:
        x = graph.Gather(x, key[axis], axis=axis)
    return x


def _pad(graph, layer, x, constant_values=None):
    before, after = zip(*layer.pad_width, strict=True)
    if constant_values is True:  # onnxruntime pads no booleans
        padded = graph.Pad(graph.cast(x, "int32"), [*before, *after], np.int32(1))
        return graph.cast(padded, "bool")
    return graph.Pad(x, [*before, *after])


def _concatenate(graph, layer, parts):
    return graph.Concat(*parts, axis=layer.axis)


def _total(graph, layer, x):
    return graph.ReduceSum(x, list(layer.axis), keepdims=int(layer.keepdims))


OPERATORS = {
    "Activation": _activation,
    "Add": lambda graph, _, a, b: graph.Add(a, b),
    "AddBranches": lambda graph, _, a, b: graph.Add(a, b),
    "AttentionPooling1D": _attention_pooling,
    "Bidirectional": recurrence,
    "Cast": lambda graph, layer, x: graph.cast(x, layer.dtype),
    "CategoryEncoding": _one_hot,
    "Concatenate": _concatenate,
    "Conv1D": _convolution,
    "CutWindows": _cut_windows,
    "Dense": _dense,
    "Dropout": _unchanged,
    "DynamicKMaxPooling1D": _k_max_pooling,
    "Embedding": _embedding,
    "EncoderBlock": encoder_block,
    "ExpandDims": lambda graph, layer, x: graph.Unsqueeze(x, [layer.axis]),
    "Flatten": lambda graph, _, x: graph.Flatten(x),
    "GetItem": _item,
    "GlobalAveragePooling1D": _average_pooling,
    "GRU": recurrence,
    "Identity": _unchanged,
    "JoinWindows": _join_windows,
    "LSTM": recurrence,
    "LayerNormalization": _layer_normalization,
    "MaskedMaxPooling1D": _max_pooling,
    "MultiHeadAttention": multi_head_attention,
    "Multiply": lambda graph, _, a, b: graph.Mul(a, b),
    "Normalization": _normalization,
    "NotEqual": lambda graph, _, a, b: graph.Not(graph.Equal(a, np.int32(b))),
    "Pad": _pad,
    "PositionEmbedding": _position_embedding,
    "Rescaling": lambda graph, layer, x: graph.Mul(x, np.float32(layer.scale)),
    "RNN": recurrence,
    "RotaryAttention": rotary_attention,
    "Sigmoid": lambda graph, _, x: graph.Sigmoid(x),
    "SimpleRNN": recurrence,
    "SparseDense": _sparse_dense,
    "SpatialDropout1D": _unchanged,
    "Squeeze": lambda graph, layer, x: graph.Squeeze(x, [layer.axis]),
    "Sum": _total,
    "UnitNormalization": _unit_normalization,
    "WordDropout": _unchanged,
}
