"""Figures of runs: how they trained, what they reach, and what they cost."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.ticker import LogLocator

from lib.plots.look import DARK, LIGHT, STYLES, axes, name_points, shades


def history(training: Mapping, metric: str = "accuracy", *, title: str = "", ax=None) -> plt.Axes:
    """Draw a metric on train and validation by epoch, the chosen epoch marked."""
    ax = axes(ax)
    curves = training["history"]
    epochs = np.arange(1, len(curves[metric]) + 1)
    ax.plot(epochs, curves[metric], "-o", color=DARK, label="train, with dropout")
    ax.plot(epochs, curves[f"val_{metric}"], "--s", color=LIGHT, label="validation")
    best = training["best_epoch"]
    ax.axvline(best, color="black", lw=1, ls=":", label="chosen epoch")
    ax.set(xlabel="epoch", ylabel=metric, title=title, xticks=epochs)
    ax.legend()
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
    """Draw a confusion matrix: counts, with each true class's share in brackets."""
    ax = axes(ax)
    counts = np.asarray(matrix)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    words = np.vectorize(lambda n, share: f"{n:,}\n({share:.1%})")(counts, shares)
    sns.heatmap(
        shares, annot=words, fmt="", cmap="Blues", vmin=0, vmax=1, cbar=False, square=True,
        xticklabels=label_names, yticklabels=label_names, ax=ax,
    )  # fmt: skip
    ax.set(xlabel="predicted", ylabel="true", title=title)
    return ax


def reliability(bins: np.ndarray, *, title: str = "", ax=None) -> plt.Axes:
    """Draw accuracy against confidence from `evaluation.reliability`; on the diagonal is right."""
    ax = axes(ax)
    _, confidence, accuracy = bins[bins[:, 0] > 0].T
    ax.plot([0, 1], [0, 1], color="black", lw=1, ls=":", label="calibrated")
    ax.plot(confidence, accuracy, "-o", color=DARK, label="model")
    low = max(0.0, confidence.min() - 0.05)
    ax.set(xlim=(low, 1), xlabel="confidence", ylabel="accuracy", title=title)
    ax.legend()
    return ax


def accuracy_dots(table: pd.DataFrame, *, other: str | None = None, ax=None) -> plt.Axes:
    """Draw accuracy with its 95 % interval per model, best on top.

    Args:
        table: with columns model, accuracy, low, high.
        other: a column of published accuracies to draw beside ours.
        ax: high enough for the models if not given.
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(7, 1.6 + 0.34 * len(table)))
    rows = table.sort_values("accuracy").reset_index(drop=True)
    errors = [rows["accuracy"] - rows["low"], rows["high"] - rows["accuracy"]]
    ax.errorbar(
        rows["accuracy"],
        rows.index,
        xerr=errors,
        fmt="o",
        color=DARK,
        capsize=3,
        label="ours, 95 %",
    )
    if other and rows[other].notna().any():
        label = f"{other} (mostly other data)"
        ax.plot(rows[other], rows.index, "D", color=LIGHT, mec="black", label=label)
    ax.set(yticks=rows.index, yticklabels=rows["model"], xlabel="accuracy")
    ax.set_ylim(-0.8, len(rows) - 0.2)
    ax.legend(loc="upper left")  # the best model is at the top right
    return ax


def probe_heatmap(probes: pd.DataFrame, expected: Sequence[int], *, ax=None) -> plt.Axes:
    """Draw the probability of *positive*, probes by models; wrong answers carry a cross.

    Args:
        probes: one row per probe, one column per model.
        expected: the right label of each probe.
    """
    ax = axes(ax)
    right = (probes.to_numpy() > 0.5) == np.asarray(expected, dtype=bool)[:, None]
    words = np.where(right, "", "✗ ") + probes.map("{:.2f}".format).to_numpy()
    sns.heatmap(
        probes, annot=words, fmt="", cmap="Blues", vmin=0, vmax=1, ax=ax, linewidths=0.5,
        cbar_kws={"label": "probability of positive"},
    )  # fmt: skip
    signs = ["+" if label else "−" for label in expected]
    ax.set_yticklabels(
        [f"{name}  [{sign}]" for name, sign in zip(probes.index, signs, strict=True)]
    )
    ax.tick_params(axis="y", rotation=0)
    ax.set_xticks(ax.get_xticks(), probes.columns, rotation=30, ha="right")
    ax.set(xlabel="", ylabel="")
    return ax


def cost_scatter(table: pd.DataFrame, column: str, *, log: bool = True, ax=None) -> plt.Axes:
    """Draw accuracy against a cost, one labelled point per model."""
    ax = axes(ax)
    rows = table.dropna(subset=[column])
    ax.plot(rows[column], rows["accuracy"], "o", color=DARK)
    if log:
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.xaxis.set_major_formatter("{x:,.6g}")
        ax.xaxis.set_minor_formatter("")
    ax.margins(x=0.25, y=0.15)
    ax.set(xlabel=column, ylabel="accuracy")
    name_points(ax, rows[column], rows["accuracy"], rows["model"])
    return ax
