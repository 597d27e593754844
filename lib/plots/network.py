"""A network as a diagram: its layers, what they give to each other, and the shapes of it."""

import matplotlib.pyplot as plt

from lib.plots.style import DARK, axes

HIGH, WIDE, GAP = 0.62, 3.0, 0.5  # of a box and of the space between two, in units of the Axes
INCHES = 0.8, 0.62  # of a unit, across and down


def network(model, *, ax=None) -> plt.Axes:
    """Draw a functional Keras model from its input, on top, to its output.

    A box is a layer: its name, its kind, the shape of what it gives, and how many weights it has;
    in dark what is trained. Operations without a name of their own are left out.

    Args:
        model: a functional `keras.Model`.
        ax: drawn on if given.
    """
    parents, above, level = {}, {}, {}
    for layer in model.layers:  # in an order in which parents come first
        own = _parents(layer, set(model.layers))
        above[layer] = set(own).union(*(above[parent] for parent in own))
        # The padding mask leads from the input to every layer that reads it: no arrows for that.
        far = set().union(*(above[parent] for parent in own))
        parents[layer] = [p for p in own if p not in far or type(p).__name__ != "InputLayer"]
        level[layer] = 1 + max((level[parent] for parent in own), default=-1)
    for source in {p for own in parents.values() for p in own if type(p).__name__ == "InputLayer"}:
        # a further input stands just above the first layer that reads it
        level[source] = min(level[layer] for layer, own in parents.items() if source in own) - 1
    rows = [
        [lay for lay in model.layers if level[lay] == n] for n in range(max(level.values()) + 1)
    ]
    most = max(map(len, rows))
    ax = axes(ax, (INCHES[0] * (most * (WIDE + GAP) + 1), INCHES[1] * len(rows)))
    at = {}
    for n, row in enumerate(rows):
        row.sort(
            key=lambda layer: sum(at[p][0] for p in parents[layer]) / max(1, len(parents[layer]))
        )
        for position, layer in enumerate(row):
            at[layer] = (position - (len(row) - 1) / 2) * (WIDE + GAP), -n
    for layer, (x, y) in at.items():
        for parent in parents[layer]:
            start, end = (at[parent][0], at[parent][1] - HIGH / 2), (x, y + HIGH / 2)
            arrow = {"arrowstyle": "-|>", "color": "0.35", "shrinkA": 0, "shrinkB": 0}
            if start[0] == x and level[layer] - level[parent] > 1:  # around what lies between
                start, end = (x + WIDE / 2, at[parent][1]), (x + WIDE / 2, y + HIGH / 4)
                widest = max(len(row) for row in rows[level[parent] : level[layer] + 1])
                beside = 0.25 + (widest - 1) * (WIDE + GAP) / 2
                share = beside * INCHES[0] / (INCHES[1] * (start[1] - end[1]))
                arrow["connectionstyle"] = f"bar,fraction={-share:.3f}"
            ax.annotate("", end, start, arrowprops=arrow, zorder=1)
    for layer, (x, y) in at.items():
        trained = bool(layer.trainable_weights)
        look = {"facecolor": DARK if trained else "white", "edgecolor": DARK, "lw": 1}
        ax.add_patch(plt.Rectangle((x - WIDE / 2, y - HIGH / 2), WIDE, HIGH, zorder=2, **look))
        text = {"ha": "center", "va": "center", "zorder": 3, "color": "white" if trained else "0.1"}
        ax.text(x, y + 0.13, _name(layer), fontsize=8.5, weight="bold", **text)
        ax.text(x, y - 0.15, _details(layer), fontsize=7.5, **text)
    half = (most * (WIDE + GAP) + 1) / 2
    ax.set(xlim=(-half, half), ylim=(0.6 - len(rows), HIGH))
    ax.axis("off")
    return ax


def _parents(layer, layers: set) -> list:
    """Return the layers whose output reaches this one, through operations that are no layers."""
    found, waiting = {}, [layer]
    while waiting:
        for node in waiting.pop()._inbound_nodes:
            for parent in node.parent_nodes:
                if parent.operation in layers:
                    found[parent.operation] = None
                else:
                    waiting.append(parent.operation)
    return list(found)


def _name(layer) -> str:
    kind = type(layer).__name__
    if kind == "Bidirectional":
        kind = f"Bidirectional {type(layer.forward_layer).__name__}"
    named = layer.name.replace("_", "").rstrip("0123456789").lower() != kind.lower()
    return f"{kind} · {layer.name}" if named else kind


def _details(layer) -> str:
    outputs = layer.output if isinstance(layer.output, list | tuple) else [layer.output]
    sizes = ["batch", *(size if size else "time" for size in outputs[0].shape[1:])]
    weights = layer.count_params()
    return f"({', '.join(map(str, sizes))})" + f" · {weights:,} weights" * bool(weights)
