"""What all figures share: their look, and the parts that several are made of."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns

DARK, LIGHT, MIDDLE = "#1f3b73", "#f2a65a", "#6c8ebf"
STYLES = ("-", "--", ":", "-.")


def style() -> None:
    """Set the look of all figures: crisp, small in the notebook file."""
    sns.set_theme(context="notebook", style="whitegrid", palette=[DARK, LIGHT, MIDDLE])
    plt.rcParams |= {
        "figure.figsize": (7, 4),
        "figure.dpi": 100,
        "figure.constrained_layout.use": True,
        "axes.titlesize": "medium",
        "axes.titlelocation": "left",
        "legend.frameon": False,
    }


def shades(count: int) -> list:
    """Return that many colours from dark blue to orange, which differ in lightness, too."""
    return sns.blend_palette([DARK, MIDDLE, LIGHT], count)


def axes(ax: plt.Axes | None = None, size: tuple[float, float] | None = None) -> plt.Axes:
    """Return the Axes to draw on: the one given, or that of a new figure, its size in inches."""
    return ax if ax is not None else plt.subplots(figsize=size)[1]


def bars(values: Mapping[str, float], *, xlabel: str, title: str = "", ax=None) -> plt.Axes:
    """Draw named values as horizontal bars, in the order given from the top, labelled."""
    ax = axes(ax)
    drawn = ax.barh(list(values), list(values.values()), color=DARK)
    ax.bar_label(drawn, fmt="{:,.6g}", padding=3, fontsize="small")
    ax.invert_yaxis()
    ax.margins(x=0.15)
    ax.grid(False)
    ax.set(xlabel=xlabel, title=title)
    return ax


def heat_map(table: pd.DataFrame, words=False, *, ax=None, **options) -> plt.Axes:
    """Draw a table's numbers, from 0 to 1 if not said otherwise, as cells darker for larger.

    `words` is an array of what to write into the cells; options are those of seaborn's `heatmap`.
    """
    ax = axes(ax)
    look = {"fmt": "", "cmap": "Blues", "vmin": 0, "vmax": 1} | options
    sns.heatmap(table, annot=words, ax=ax, **look)
    ax.tick_params(axis="y", rotation=0)
    ax.grid(False)
    ax.set(xlabel="", ylabel="")
    return ax
