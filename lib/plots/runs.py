"""Figures of one run: how it trained, what it confuses, how sure it is."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns

from lib.plots.look import DARK, LIGHT, STYLES, axes, shades


def history(training: Mapping, metric: str = "accuracy", *, title: str = "", ax=None) -> plt.Axes:
    """Draw a metric on train and validation by epoch, the chosen epoch marked."""
    ax = axes(ax)
    curves = training["history"]
    epochs = np.arange(1, len(curves[metric]) + 1)
    ax.plot(epochs, curves[metric], "-o", color=DARK, label="train, with dropout")
    ax.plot(epochs, curves[f"val_{metric}"], "--s", color=LIGHT, label="validation")
    best = training["best_epoch"]
    ax.axvline(best, color="black", lw=1, ls=":", label="chosen epoch")
    ax.set(xlabel="epoch", ylabel=metric, title=title)
    ax.xaxis.set_major_locator(plt.MaxNLocator(10, integer=True))
    ax.legend(frameon=True, framealpha=0.9, edgecolor="none")
    return ax


def decay(curves: Mapping[str, Sequence[float]], *, ax=None) -> plt.Axes:
    """Draw what is left of a gradient by steps back, on a log scale, one curve per name."""
    ax = axes(ax)
    colors = shades(len(curves))
    for position, (name, values) in enumerate(curves.items()):
        line = STYLES[position % len(STYLES)]
        width = 1.5 + position // len(STYLES)
        shown = np.maximum(values, 1e-30)  # zero has no place on a log scale
        ax.semilogy(shown, line, color=colors[position], lw=width, label=name)
    ax.set(xlabel="steps back", ylabel="gradient, relative to the last step", ylim=(1e-12, 1e12))
    ax.legend(fontsize="small")
    return ax


def confusion(matrix: Sequence[Sequence[int]], label_names, *, title: str = "", ax=None):
    """Draw a confusion matrix: counts, with each true class's share in brackets.

    With more than six classes there is room for the shares alone, in percent, from 1 on.
    """
    ax = axes(ax)
    counts = np.asarray(matrix)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    many = len(counts) > 6
    if many:
        words = np.vectorize(lambda share: f"{share:.0%}"[:-1] if share >= 0.01 else "")(shares)
    else:
        words = np.vectorize(lambda n, share: f"{n:,}\n({share:.1%})")(counts, shares)
    sns.heatmap(
        shares, annot=words, fmt="", cmap="Blues", vmin=0, vmax=1, cbar=False, square=True,
        xticklabels=label_names, yticklabels=label_names, ax=ax,
        annot_kws={"size": "x-small"} if many else None,
    )  # fmt: skip
    if many:
        ax.tick_params(labelsize="x-small")
    ax.set(xlabel="predicted", ylabel="true", title=title)
    return ax


def reliability(
    bins: np.ndarray, *, after: np.ndarray | None = None, title: str = "", ax=None
) -> plt.Axes:
    """Draw accuracy against confidence; on the diagonal a probability means what it says.

    Args:
        bins: from `evaluation.reliability`.
        after: the same after temperature scaling, if that is to be shown as well.
        title: above the figure.
        ax: to draw on.
    """
    ax = axes(ax)
    ax.plot([0, 1], [0, 1], color="black", lw=1, ls=":", label="calibrated")
    _, confidence, accuracy = bins[bins[:, 0] > 0].T
    ax.plot(confidence, accuracy, "-o", color=DARK, label="model")
    low = max(0.0, confidence.min() - 0.05)
    if after is not None:
        _, confidence, accuracy = after[after[:, 0] > 0].T
        ax.plot(confidence, accuracy, "--s", color=LIGHT, label="temperature scaled")
    ax.set(xlim=(low, 1), xlabel="confidence", ylabel="accuracy", title=title)
    ax.legend()
    return ax
