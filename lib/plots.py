"""Every figure. Each function draws on one Axes, given or new, and returns it.

Series differ in lightness and in marker or line style, so that figures survive greyscale.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from adjustText import adjust_text
from matplotlib.ticker import LogLocator

DARK, LIGHT, MIDDLE = "#1f3b73", "#f2a65a", "#6c8ebf"
STYLES = ("-", "--", ":", "-.")


def style() -> None:
    """Set the look of all figures: crisp, small in the notebook file."""
    sns.set_theme(context="notebook", style="whitegrid", palette=[DARK, LIGHT, MIDDLE])
    plt.rcParams.update(
        {
            "figure.figsize": (7, 4),
            "figure.dpi": 100,
            "figure.constrained_layout.use": True,
            "axes.titlesize": "medium",
            "axes.titlelocation": "left",
            "legend.frameon": False,
        }
    )


def shades(count: int) -> list:
    """Return that many colours from dark blue to orange, which differ in lightness, too."""
    return sns.blend_palette([DARK, MIDDLE, LIGHT], count)


def axes(ax: plt.Axes | None = None) -> plt.Axes:
    """Return the Axes to draw on: the one given, or that of a new figure."""
    return ax if ax is not None else plt.subplots()[1]


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


def class_balance(parts: Mapping[str, Sequence[int]], label_names, *, ax=None) -> plt.Axes:
    """Draw the number of texts of each class in each part."""
    counts = pd.DataFrame(
        {part: np.bincount(labels, minlength=len(label_names)) for part, labels in parts.items()},
        index=list(label_names),
    )
    ax = counts.T.plot.bar(ax=axes(ax), rot=0, color=[LIGHT, DARK, MIDDLE], edgecolor="black")
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
    longest = int(np.percentile(np.concatenate(list(lengths.values())), 99.5))
    edges = np.linspace(0, longest, 60)
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
    every = np.concatenate(list(lengths.values()))
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
    ax.legend(loc="center right")
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
    frame = pd.DataFrame({"x": points[:, 0], "y": points[:, 1], "group": groups})
    sns.scatterplot(
        frame, x="x", y="y", hue="group", style="group", s=45, ax=ax, palette="dark:#f2a65a"
    )
    _name_points(ax, points[:, 0], points[:, 1], words)
    ax.set(xlabel="first direction", ylabel="second direction")
    ax.legend(title=None, loc="best", fontsize="small")
    return ax


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
    _name_points(ax, rows[column], rows["accuracy"], rows["model"])
    return ax


def _name_points(ax: plt.Axes, x: Sequence[float], y: Sequence[float], names: Sequence[str]):
    """Write a name beside each point, moved so that names don't overlap."""
    texts = [ax.text(*point, fontsize="small") for point in zip(x, y, names, strict=True)]
    adjust_text(texts, list(x), list(y), ax=ax, arrowprops={"arrowstyle": "-", "color": "gray"})
