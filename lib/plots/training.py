"""Figures of one run: how it trained, what it confuses, how sure it is."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from lib.plots.comparison import lines
from lib.plots.style import DARK, LIGHT, axes, heat_map


def history(record: Mapping, metric: str = "accuracy", *, title: str = "", ax=None) -> plt.Axes:
    """Draw a metric on train and validation by epoch, the epoch whose weights are kept marked.

    Of the record, as in `History.record`, `history` and `best_epoch` are read.
    """
    ax = axes(ax)
    curves = record["history"]
    epochs = np.arange(1, len(curves[metric]) + 1)
    ax.plot(epochs, curves[metric], "-o", color=DARK, label="train, with dropout")
    ax.plot(epochs, curves[f"val_{metric}"], "--s", color=LIGHT, label="validation")
    ax.axvline(record["best_epoch"], color="black", lw=1, ls=":", label="epoch kept")
    ax.set(xlabel="epoch", ylabel=metric.replace("_", " "), title=title)
    ax.xaxis.set_major_locator(plt.MaxNLocator(10, integer=True))
    ax.legend(frameon=True, framealpha=0.9, edgecolor="none")
    return ax


def decay(curves: Mapping[str, Sequence[float]], *, ax=None) -> plt.Axes:
    """Draw what is left of a gradient by steps back, on a log scale, one curve per name."""
    shown = {  # zero has no place on a log scale
        name: (range(len(values)), np.maximum(values, 1e-30)) for name, values in curves.items()
    }
    labels = {"xlabel": "steps back", "ylabel": "gradient, relative to the last step"}
    ax = lines(shown, **labels, marker="", ax=ax)
    ax.set(yscale="log", ylim=(1e-12, 1e12))
    ax.legend(fontsize="small")
    return ax


def confusion(matrix: Sequence[Sequence[int]], label_names, *, title: str = "", ax=None):
    """Draw a confusion matrix: counts, with each true class's share in brackets.

    With more than six classes there is room for the shares alone, in percent, from 1 on.
    """
    counts = np.asarray(matrix)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    many, small = len(counts) > 6, {}
    if many:
        words = np.vectorize(lambda share: f"{share:.0%}"[:-1] if share >= 0.01 else "")(shares)
        small = {"annot_kws": {"size": "x-small"}}
    else:
        words = np.vectorize(lambda n, share: f"{n:,}\n({share:.1%})")(counts, shares)
    table = pd.DataFrame(shares, label_names, label_names)
    ax = heat_map(table, words, cbar=False, square=True, ax=ax, **small)
    ax.tick_params(labelsize="x-small" if many else None)
    ax.set(xlabel="predicted", ylabel="true", title=title)
    return ax


def reliability(
    bins: np.ndarray, *, after: np.ndarray | None = None, title: str = "", ax=None
) -> plt.Axes:
    """Draw accuracy against confidence; on the diagonal a probability means what it says.

    Both are bins of `evaluation.reliability`, `after` those after temperature scaling.
    """
    ax = axes(ax)
    ax.plot([0, 1], [0, 1], color="black", lw=1, ls=":", label="calibrated")
    drawn = [(bins, "-o", DARK, "model"), (after, "--s", LIGHT, "temperature scaled")]
    for some, line, color, label in drawn[: 1 if after is None else 2]:
        _, confidence, accuracy = some[some[:, 0] > 0].T
        ax.plot(confidence, accuracy, line, color=color, label=label)
    low = max(0.0, bins[bins[:, 0] > 0, 1].min() - 0.05)
    ax.set(xlim=(low, 1), xlabel="confidence", ylabel="accuracy", title=title)
    ax.legend()
    return ax
