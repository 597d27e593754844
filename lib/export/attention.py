"""Self-attention as ONNX operators, in the three forms that our networks have it."""

import numpy as np

from lib.export.graph import Graph

HIDDEN = np.float32(-1e9)  # the score of what may not be attended to


def attend(graph: Graph, query: str, key: str, value: str, visible: str, heads: int) -> str:
    """Return what each word receives from the others, all heads side by side.

    Args:
        graph: to write to.
        query, key, value: names of `(batch, time, width)`.
        visible: name of what each word may attend to, bool, fits `(batch, heads, time, time)`.
        heads: their number.
    """
    query, key, value = (split(graph, x, heads) for x in (query, key, value))
    return _attended(graph, query, key, value, visible)


def split(graph: Graph, x: str, heads: int) -> str:
    """Return `(batch, time, width)` as `(batch, time, heads, width / heads)`."""
    return graph.Reshape(x, [0, 0, heads, -1])


def multi_head_attention(graph, layer, query, value, *, attention_mask):
    """Keras's layer, whose kernels have an axis for the heads."""
    heads, size = layer.num_heads, layer.key_dim
    scaled = np.float32(size**-0.5)
    projected = []
    for part, x in (("query", query), ("key", value), ("value", value)):
        dense = getattr(layer, f"_{part}_dense")
        kernel = dense.kernel.numpy().reshape(-1, heads * size)
        scale = scaled if part == "query" else np.float32(1)
        projected.append(
            graph.Add(graph.MatMul(x, scale * kernel), scale * dense.bias.numpy().reshape(-1))
        )
    received = attend(graph, *projected, graph.Unsqueeze(attention_mask, [1]), heads)
    output = layer._output_dense
    kernel = output.kernel.numpy().reshape(heads * size, -1)
    return graph.Add(graph.MatMul(received, kernel), output.bias.numpy())


def rotary_attention(graph, layer, x, *, mask):
    """`lib.models.layers.RotaryAttention`."""
    time = graph.Shape(x, start=1, end=2)
    position = graph.Range(0, graph.Squeeze(time), 1)
    visible = graph.Unsqueeze(mask, [1, 2])
    if layer.window is not None:
        distance = graph.Abs(graph.Sub(graph.Unsqueeze(position, [1]), position))
        visible = graph.And(graph.LessOrEqual(distance, [layer.window]), visible)
    size = layer.output_layer.kernel.shape[0] // layer.heads
    parts = graph.Split(_linear(graph, layer.project, x), num_outputs=3, axis=-1, outputs=3)
    query, key, value = (split(graph, part, layer.heads) for part in parts)
    if layer.rotary:
        pairs = size // 2
        rate = 10_000.0 ** (-np.arange(pairs, dtype="float32") / pairs)
        angle = graph.Mul(graph.Unsqueeze(graph.cast(position, "float32"), [1, 2]), rate)
        cos, sin = graph.Cos(angle), graph.Sin(angle)  # (time, 1, pairs)
        query, key = (_turned(graph, part, cos, sin) for part in (query, key))
    query = graph.Mul(query, np.float32(size**-0.5))
    return _linear(graph, layer.output_layer, _attended(graph, query, key, value, visible))


def encoder_block(graph, layer, x, mask):
    """`lib.models.bert.EncoderBlock`."""
    query, key, value = (_linear(graph, part, x) for part in (layer.query, layer.key, layer.value))
    size = layer.query.kernel.shape[1] // layer.heads
    query = graph.Mul(query, np.float32(size**-0.5))
    received = attend(graph, query, key, value, graph.Unsqueeze(mask, [1, 2]), layer.heads)
    x = _normalized(graph, layer.attention_norm, graph.Add(x, _linear(graph, layer.mix, received)))
    hidden = graph.Gelu(_linear(graph, layer.expand, x))
    return _normalized(
        graph, layer.output_norm, graph.Add(x, _linear(graph, layer.contract, hidden))
    )


def _attended(graph, query, key, value, visible):
    query, value = (graph.Transpose(x, perm=[0, 2, 1, 3]) for x in (query, value))
    scores = graph.MatMul(query, graph.Transpose(key, perm=[0, 2, 3, 1]))
    weights = graph.Softmax(graph.Where(visible, scores, HIDDEN), axis=-1)
    received = graph.Transpose(graph.MatMul(weights, value), perm=[0, 2, 1, 3])
    return graph.Reshape(received, [0, 0, -1])


def _turned(graph, x, cos, sin):
    """As `lib.models.layers.turn`."""
    first, second = graph.Split(x, num_outputs=2, axis=-1, outputs=2)
    real = graph.Sub(graph.Mul(first, cos), graph.Mul(second, sin))
    imaginary = graph.Add(graph.Mul(first, sin), graph.Mul(second, cos))
    return graph.Concat(real, imaginary, axis=-1)


def _linear(graph, layer, x):
    """A dense layer without its activation."""
    x = graph.MatMul(x, layer.kernel.numpy())
    return x if layer.bias is None else graph.Add(x, layer.bias.numpy())


def _normalized(graph, layer, x):
    gamma, beta = layer.gamma.numpy(), layer.beta.numpy()
    return graph.LayerNormalization(x, gamma, beta, axis=-1, epsilon=layer.epsilon)
