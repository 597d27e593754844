"""Figures of texts: their lengths, their words, and what a network makes of each word."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from adjustText import adjust_text

from lib.plots.look import DARK, LIGHT, MIDDLE, STYLES, axes


def class_balance(parts: Mapping[str, Sequence[int]], label_names, *, ax=None) -> plt.Axes:
    """Draw the number of texts of each class in each part, by class where there are many."""
    counts = pd.DataFrame(
        {part: np.bincount(labels, minlength=len(label_names)) for part, labels in parts.items()},
        index=list(label_names),
    )
    groups = counts if len(label_names) > 3 else counts.T  # there are three colours
    look = {"color": [LIGHT, DARK, MIDDLE], "edgecolor": "black", "width": 0.8}
    ax = groups.plot.bar(ax=axes(ax), rot=0, **look)
    for container in ax.containers:
        ax.bar_label(container, fmt="{:,.0f}", fontsize="x-small", padding=2)
    ax.grid(False, axis="x")
    ax.set(ylabel="texts", title="Class balance")
    return ax


def length_histogram(
    lengths: Mapping[str, Sequence[int]], *, caps: Sequence[int] = (), ax=None
) -> plt.Axes:
    """Draw the distribution of text lengths in tokens, with length caps as vertical lines."""
    ax = axes(ax)
    every = np.concatenate(list(lengths.values()))
    longest = int(np.percentile(every, 99.5))
    step = max(1, longest // 60)  # whole tokens, or some bars would be empty
    edges = np.arange(0, longest + 2 * step, step) - 0.5
    for (name, values), color, line in zip(lengths.items(), (DARK, LIGHT), STYLES, strict=False):
        ax.hist(
            values,
            bins=edges,
            histtype="step",
            density=True,
            label=name,
            color=color,
            ls=line,
            lw=2,
        )
    for cap in caps:
        ax.axvline(cap, color="black", lw=1, ls=":")
        ax.annotate(
            f"{cap}: cuts {np.mean(every > cap):.0%}",
            (cap, ax.get_ylim()[1]),
            xytext=(3, -3),
            textcoords="offset points",
            rotation=90,
            va="top",
            fontsize="small",
        )
    ax.set(xlabel="tokens", ylabel="share of texts per token", title="Length of the texts")
    ax.legend()
    return ax


def word_cloud(frequencies: Mapping[str, float], *, title: str = "", seed: int = 0, ax=None):
    """Draw words sized by their weight, larger first."""
    from wordcloud import WordCloud

    ax = axes(ax)
    cloud = WordCloud(
        width=500,
        height=290,
        prefer_horizontal=1.0,
        background_color="white",
        colormap=sns.dark_palette(DARK, reverse=True, as_cmap=True),
        random_state=seed,
        max_words=45,
    ).generate_from_frequencies(dict(frequencies))
    ax.imshow(cloud, interpolation="bilinear")
    ax.axis("off")
    ax.set(title=title)
    return ax


def vector_map(points: np.ndarray, words: Sequence[str], groups: Sequence[str], *, ax=None):
    """Draw words at 2-D points `(words, 2)`, with a marker for each group."""
    ax = axes(ax)
    x, y = points.T
    frame = pd.DataFrame({"x": x, "y": y, "group": groups})
    sns.scatterplot(
        frame, x="x", y="y", hue="group", style="group", s=45, ax=ax, palette="dark:#f2a65a"
    )
    texts = [ax.text(*point, fontsize="small") for point in zip(x, y, words, strict=True)]
    adjust_text(texts, list(x), list(y), ax=ax, arrowprops={"arrowstyle": "-", "color": "gray"})
    ax.set(xlabel="first direction", ylabel="second direction")
    ax.legend(title=None, loc="best", fontsize="small")
    return ax


def token_heatmap(
    words: Sequence[str],
    values: Sequence[float],
    *,
    width: int = 90,
    title: str = "",
    ax=None,
) -> plt.Axes:
    """Draw words as running text, each on a background as dark as its value is large.

    With values of both signs, orange is negative and blue positive, and negative words are in
    italics, so that the sign survives greyscale.

    Args:
        words: in order.
        values: one per word.
        width: characters in a row.
        title: above the text.
        ax: made high enough for the rows if not given.
    """
    rows, used = [[]], 0
    for word, value in zip(words, values, strict=True):
        if used + len(word) > width and rows[-1]:
            rows.append([])
            used = 0
        rows[-1].append((used, word, float(value)))
        used += len(word) + 1
    if ax is None:
        _, ax = plt.subplots(figsize=(9, 0.5 + 0.26 * len(rows)))
    strongest = max(abs(float(v)) for v in values) or 1.0
    for line, row in enumerate(rows):
        for start, word, value in row:
            color = DARK if value >= 0 else LIGHT
            share = abs(value) / strongest
            box = (start - 0.35, line - 0.42)
            ax.add_patch(plt.Rectangle(box, len(word) + 0.7, 0.84, color=color, alpha=share, lw=0))
            ax.text(
                start + len(word) / 2,
                line,
                word,
                ha="center",
                va="center",
                family="monospace",
                fontsize=8,
                style="italic" if value < 0 else "normal",
                color="white" if value > 0 and share > 0.5 else "black",
            )
    ax.set(xlim=(-1, width + 1), ylim=(len(rows) - 0.4, -0.6), title=title)
    ax.axis("off")
    return ax


def attention_maps(weights: np.ndarray, words: Sequence[str], *, axs=None):
    """Draw one head's attention per Axes: rows are the words that ask, columns those looked at.

    Args:
        weights: `(heads, words, words)`; rows sum to 1.
        words: the tick labels.
        axs: one Axes per head.
    """
    if axs is None:
        _, axs = plt.subplots(1, len(weights), figsize=(3.3 * len(weights), 3.4), sharey=True)
    for head, (ax, shown) in enumerate(zip(axs, weights, strict=True), start=1):
        sns.heatmap(
            shown, cmap="Blues", vmin=0, square=True, cbar=False, ax=ax,
            xticklabels=words, yticklabels=words,
        )  # fmt: skip
        ax.set_title(f"head {head}")
        ax.tick_params(axis="x", rotation=90)
        ax.tick_params(axis="y", rotation=0)
    return axs
