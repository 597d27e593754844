"""Figures that put models beside each other: what they reach, cost, and get wrong."""

import textwrap
from collections.abc import Collection, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.ticker import PercentFormatter

from lib.plots.style import DARK, LIGHT, STYLES, axes, heat_map, shades


def accuracy_dots(
    table: pd.DataFrame, *, other: str | None = None, highlight: Collection[str] = (), ax=None
) -> plt.Axes:
    """Draw accuracy with its 95 % interval per model, best on top.

    The table has columns model, accuracy, low and high. `other` names a column of published
    accuracies, drawn beside ours, and alone where there is none of ours. If some models are to be
    highlighted, all others are grey.
    """
    ax = axes(ax, (7, 1.6 + 0.34 * len(table)))
    order = table["accuracy"].fillna(table[other]) if other else table["accuracy"]
    rows = table.assign(at=order).sort_values("at", kind="stable", ignore_index=True)
    errors = [rows["accuracy"] - rows["low"], rows["high"] - rows["accuracy"]]
    chosen = rows["model"].isin(highlight)
    for here, color in ((chosen, DARK), (~chosen, "0.6")):
        look = {"fmt": "o", "color": color if len(highlight) else DARK, "capsize": 3}
        some = [error[here].to_numpy() for error in errors]
        ax.errorbar(rows["accuracy"][here].to_numpy(), rows.index[here], xerr=some, **look)
    if other and rows[other].notna().any():
        label = f"{other} (mostly other data)"
        ax.plot(rows[other], rows.index, "D", color=LIGHT, mec="black", label=label)
    ax.set(yticks=rows.index, yticklabels=rows["model"], xlabel="accuracy")
    ax.set_ylim(-0.8, len(rows) - 0.2)
    if ax.get_legend_handles_labels()[0]:
        ax.legend(loc="upper left", bbox_to_anchor=(0, -0.08), fontsize="small")
    return ax


def steps(table: pd.DataFrame, *, ax=None) -> plt.Axes:
    """Draw a ladder: accuracy and its 95 % interval by step, the first on top, with what it gains.

    The table is that of `evaluation.ladder`. In dark are the steps whose gain over the one before
    is more than chance.
    """
    ax = axes(ax, (7.5, 1 + 0.38 * len(table)))
    sure = (table["from"] > 0) | (table["to"] < 0)
    for at, (row, certain) in enumerate(zip(table.to_dict("records"), sure, strict=True)):
        color = DARK if certain or at == 0 else "0.6"
        error = [[row["accuracy"] - row["low"]], [row["high"] - row["accuracy"]]]
        ax.errorbar(row["accuracy"], at, xerr=error, fmt="o", color=color, capsize=3)
        if at:
            gain = "{gain:+z.1f}  ({from:+z.1f} to {to:+z.1f})".format(**row).replace("-", "−")
            place = {"xytext": (6, 0), "textcoords": "offset points", "va": "center"}
            ax.annotate(gain, (1, at), xycoords=ax.get_yaxis_transform(), fontsize=8, **place)
    ax.set(yticks=range(len(table)), yticklabels=table["step"])
    ax.set_xlabel("accuracy, with its 95 % interval")
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.set_title("points gained over the step before (95 %) →", loc="right", fontsize="small")
    return ax


def probe_heatmap(probes: pd.DataFrame, expected: Sequence[int], *, ax=None) -> plt.Axes:
    """Draw the probability of *positive*, probes by models; wrong answers carry a cross.

    `expected` holds the right label of each probe. Orange is negative, violet positive.
    """
    right = (probes.to_numpy() > 0.5) == np.asarray(expected, dtype=bool)[:, None]
    shown = [
        textwrap.fill(textwrap.shorten(name, 120, placeholder=" …"), 62) for name in probes.index
    ]
    words = np.where(right, "", "✗ ") + probes.map("{:.2f}".format).to_numpy()
    signs = ["+" if label else "−" for label in expected]
    names = [f"{name}  [{sign}]" for name, sign in zip(shown, signs, strict=True)]
    look = {"cmap": "PuOr", "linewidths": 0.5, "cbar_kws": {"label": "probability of positive"}}
    ax = heat_map(probes.set_axis(names), words, ax=ax, **look)
    ax.set_xticks(ax.get_xticks(), probes.columns, rotation=30, ha="right")
    return ax


def shares(table: pd.DataFrame, *, label: str, ax=None) -> plt.Axes:
    """Draw shares between 0 and 1 in percent, blank where there is none; `label` says of what."""
    words = table.map(lambda share: "" if pd.isna(share) else f"{100 * share:.0f}")
    bar = {"label": label, "format": PercentFormatter(1)}
    small = {"annot_kws": {"size": "small"}, "linewidths": 0.5}
    ax = heat_map(table, words, cbar_kws=bar, ax=ax, **small)
    ax.set_xticks(ax.get_xticks(), table.columns, rotation=30, ha="right")
    return ax


def significance(gaps: pd.DataFrame, p_values: pd.DataFrame, *, ax=None) -> plt.Axes:
    """Draw accuracy differences in points, row minus column; where p > .05 the cell is blank.

    Both tables are models by models, the p-values adjusted for their number.
    """
    real = (p_values <= 0.05).to_numpy()
    words = np.where(real, gaps.map("{:+.1f}".format).to_numpy(), "")
    # By a percentile, because by the largest gap one far outlier would bleach all the others.
    limit = np.percentile(np.abs(gaps.to_numpy()), 70) or 1
    look = {"cmap": "PuOr", "center": 0, "vmin": -limit, "vmax": limit, "cbar": False}
    small = {"linewidths": 0.5, "annot_kws": {"size": "x-small"}}
    ax = heat_map(gaps.where(real), words, ax=ax, **look, **small)
    ax.tick_params(axis="x", rotation=90)
    ax.tick_params(labelsize="small")
    return ax


def lines(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    xlabel: str,
    ylabel: str,
    title: str = "",
    marker: str = ".",
    ax=None,
) -> plt.Axes:
    """Draw one named line per model, x and y of each, told apart by lightness and line style.

    `marker` holds the lines' markers, which they take in turn; without one there are none.
    """
    ax = axes(ax)
    for position, (name, color) in enumerate(zip(curves, shades(len(curves)), strict=True)):
        line, mark = STYLES[position % len(STYLES)], marker and marker[position % len(marker)]
        ax.plot(*curves[name], line, color=color, marker=mark, label=name)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    return ax
