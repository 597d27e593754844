"""Figures of texts: their lengths, their words, and what a network makes of each word."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from adjustText import adjust_text

from lib.plots.style import DARK, LIGHT, MIDDLE, STYLES, axes

WIDTH = 90  # characters in a row of running text


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
    look = {"bins": np.arange(0, longest + 2 * step, step) - 0.5, "density": True, "lw": 2}
    for (name, values), color, line in zip(lengths.items(), (DARK, LIGHT), STYLES, strict=False):
        ax.hist(values, histtype="step", label=name, color=color, ls=line, **look)
    beside = {"xytext": (3, -3), "textcoords": "offset points", "rotation": 90, "va": "top"}
    for cap in caps:
        ax.axvline(cap, color="black", lw=1, ls=":")
        cut = f"{cap}: cuts {np.mean(every > cap):.0%}"
        ax.annotate(cut, (cap, ax.get_ylim()[1]), fontsize="small", **beside)
    ax.set(xlabel="tokens", ylabel="share of texts per token", title="Length of the texts")
    ax.legend()
    return ax


def word_cloud(frequencies: Mapping[str, float], *, title: str = "", ax=None) -> plt.Axes:
    """Draw words sized by their weight, larger first."""
    from wordcloud import WordCloud

    ax = axes(ax)
    dark = sns.dark_palette(DARK, reverse=True, as_cmap=True)
    look = {"width": 500, "height": 290, "background_color": "white", "colormap": dark}
    cloud = WordCloud(prefer_horizontal=1.0, random_state=0, max_words=45, **look)
    ax.imshow(cloud.generate_from_frequencies(dict(frequencies)), interpolation="bilinear")
    ax.axis("off")
    ax.set(title=title)
    return ax


def vector_map(
    points: np.ndarray, words: Sequence[str], groups: Sequence[str], *, ax=None
) -> plt.Axes:
    """Draw words at 2-D points `(words, 2)`, with a marker for each group."""
    ax = axes(ax)
    x, y = points.T
    marks = {"hue": list(groups), "style": list(groups), "palette": f"dark:{LIGHT}"}
    sns.scatterplot(x=x, y=y, s=45, ax=ax, **marks)
    texts = [ax.text(*point, fontsize="small") for point in zip(x, y, words, strict=True)]
    adjust_text(texts, list(x), list(y), ax=ax, arrowprops={"arrowstyle": "-", "color": "gray"})
    ax.set(xlabel="first direction", ylabel="second direction")
    ax.legend(title=None, loc="best", fontsize="small")
    return ax


def token_heatmap(
    words: Sequence[str], values: Sequence[float], *, title: str = "", ax=None
) -> plt.Axes:
    """Draw words as running text, each on a background as dark as its value is large.

    With values of both signs, orange is negative and blue positive, and negative words are in
    italics, so that the sign survives greyscale.
    """
    placed, line, used = [], 0, 0
    for word in words:
        if used and used + len(word) > WIDTH:
            line, used = line + 1, 0
        placed.append((line, used))
        used += len(word) + 1
    ax = axes(ax, (9, 0.76 + 0.26 * line))
    strongest = max(abs(float(v)) for v in values) or 1.0
    look = {"ha": "center", "va": "center", "family": "monospace", "fontsize": 8}
    for word, value, (row, start) in zip(words, values, placed, strict=True):
        share = abs(float(value)) / strongest
        box = (start - 0.35, row - 0.42), len(word) + 0.7, 0.84
        ax.add_patch(plt.Rectangle(*box, color=DARK if value >= 0 else LIGHT, alpha=share, lw=0))
        look["style"] = "italic" if value < 0 else "normal"
        look["color"] = "white" if value > 0 and share > 0.5 else "black"
        ax.text(start + len(word) / 2, row, word, **look)
    ax.set(xlim=(-1, WIDTH + 1), ylim=(line + 0.6, -0.6), title=title)
    ax.axis("off")
    return ax
