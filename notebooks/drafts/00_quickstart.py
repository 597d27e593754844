# %% [markdown]
# # 0 · Quickstart
#
# **What do trained networks say to a sentence of yours, and which of its words made them say it?**
#
# The networks of this project are trained already: they lie in `models/`, a file each, and take raw
# text. So before anything is explained, ask them. Some of their answers are good, some are plainly
# wrong, and both kinds come with the words that caused them.
#
# You need no data, no GPU and less than a minute: nothing is trained here. It runs on Colab with the
# versions of Keras (3.13) and TensorFlow (2.20) that are installed there, and with newer ones; the
# first cell says what to do if the library is missing.

# %% tags=["setup"]
SETUP

# %%
import os
import re
import textwrap
import time

import keras
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import seaborn as sns

from lib import paths, predict

plots.style()
if paths.profile() == "demo":
    print("All other notebooks of the profile demo are trained on synthetic texts;")
    print("this one shows the shipped models of the real reviews.")
    os.environ["PROFILE"] = "full"
print("keras", keras.__version__, "on", keras.backend.backend())

# %% [markdown]
# ## What is there
#
# A model's name is the data set that it was trained on and the kind of network. This notebook asks
# those of `imdb`, film reviews in two classes.

# %%
shipped = predict.shipped()
files = pd.DataFrame(
    [(*name.split("/"), file.stat().st_size / 1e6) for name, file in shipped.items()],
    columns=["trained on", "model", "MB"],
)
listed = files.groupby("trained on").agg({"model": ", ".join, "MB": "sum"})
listed.style.format({"MB": "{:.1f}"}).set_properties(**{"text-align": "left"})

# %% [markdown]
# Load a few, each of another generation: a linear model on phrases (NB-SVM), a feed-forward net on
# phrases, a recurrent network that reads in both directions, one with attention on top, and the one that
# joins phrases and word order, if it is there. The import of `lib.models` in the first cell has told Keras
# about this project's layers; the rest is plain Keras.

# %%
WANTED = ("nbsvm", "ffnn", "gru", "lstm_attention", "wide_and_deep_taught")
ASKED = [name for name in WANTED if f"imdb/{name}" in shipped]
started = time.perf_counter()
loaded = {name: keras.models.load_model(shipped[f"imdb/{name}"]) for name in ASKED}
print(f"{len(loaded)} models loaded in {time.perf_counter() - started:.1f} s")
runs = evaluation.named("imdb", ASKED)
titles = {name: run.metrics["title"] for name, run in runs.items()}
titles

# %% [markdown]
# ## Ask them
#
# Three short sentences. The first two hold exactly the same words.

# %%
SENTENCES = [
    "This film is good, not bad at all.",
    "This film is bad, not good at all.",
    "I fell asleep halfway through.",
]


def ask(texts: list[str]) -> pd.DataFrame:
    """Return the probability of *positive*: a row a text, a column a model."""
    found = {titles[name]: loaded[name].predict_proba(texts)[:, 1] for name in ASKED}
    return pd.DataFrame(found, index=texts)


answers = ask(SENTENCES)
answers.style.format("{:.2f}")

# %%
good, bad, asleep = answers.to_numpy()
apart = ((good > 0.5) & (bad < 0.5)).sum()
evaluation.say(f"""
    Above one half means *positive*. {(good > bad).sum()} of {len(loaded)} models give
    the first sentence a higher probability than the second, as they should; {apart}
    {"puts" if apart == 1 else "put"} the two on the right sides of one half.
    {(asleep < 0.5).sum()} take the third for blame, although it has no word of
    judgement. All of them learned from whole reviews, in which there is more to go by
    than in one sentence.
""")

# %% [markdown]
# ## From a text to an answer
#
# Four steps lie between: *clean* the text, turn its words into *ids* of the vocabulary, let the network
# compute two *logits*, and turn these into probabilities with the *softmax*
# $p_i = e^{z_i} / (e^{z_0} + e^{z_1})$. With two classes only the difference of the logits counts; it
# is the logarithm of the odds, in short the *log-odds*.

# %%
gru = loaded["gru"]
(words,) = gru.vectorizer.read(SENTENCES[:1])
ids = gru.vectorizer.transform(SENTENCES[:1])
logits = gru.logits_of_rows(ids)[0]
by_hand = np.exp(logits) / np.exp(logits).sum()
assert np.allclose(by_hand, gru.predict_proba(SENTENCES[:1])[0])
print("words ", words, "\nids   ", ids[0].tolist())
print("logits", logits.round(2), " probabilities", by_hand.round(2), gru.label_names)

# %% [markdown]
# ## Which words made them say it?
#
# Leave a word out (for a network on word ids: put the *unknown word* in its place) and ask again: the change of the
# log-odds is that word's *effect*. This is called *occlusion*, and works with any model.

# %% alt="The first sentence four or more times, once per model, its words coloured by what they add to the answer"
at_bad = {}
for name, model in loaded.items():
    tokens, effects = evaluation.explain.occlusion(model, SENTENCES[0])
    positive = answers.loc[SENTENCES[0], titles[name]]
    title = f"{titles[name]}: positive with probability {positive:.2f}"
    plots.token_heatmap(tokens, effects, title=title)
    plt.show()
    at_bad[name] = effects[[t.strip(".,").lower() for t in tokens].index("bad")]
evaluation.say(f"""
    *Not* stands before it, and yet *bad* still pulls towards “negative” in
    {sum(effect < 0 for effect in at_bad.values())} of {len(at_bad)} models.
""")

# %% [markdown]
# *One sentence, as several models see it. Blue words pull towards “positive”, orange ones (in italics)
# towards “negative”; the fuller the colour, the further, measured by the strongest word of that sentence and model, so that
# shades of two pictures can't be compared. All clean the text first; for a network on word ids the words are shown as
# cleaned, for the others as they stand in the text.*
#
# ## Your turn
#
# Edit these and run the cells from here on again. As they stand, the first is meant as praise and the other
# two as blame; say in `PRAISE` how yours are meant, and the verdict below counts who is right.

# %%
MY_REVIEWS = [  # edit these
    "Not bad at all: the plot is silly, but I laughed a lot and would watch it again.",
    "A waste of two hours. Even the brilliant cast can't save this script.",
    "The first half was great but the second half was dull.",
]
PRAISE = [True, False, False]  # how each of them is meant
mine = ask(MY_REVIEWS)

# %% alt="Probability of positive that each model gives to each of my reviews, a marker per model"
fig, ax = plt.subplots(figsize=(9, 1.2 + 0.6 * len(mine)))
colors = sns.blend_palette([plots.DARK, "white", plots.LIGHT], len(titles))
beside = np.linspace(-0.24, 0.24, len(titles))  # so that no marker hides another
for title, marker, color, shift in zip(mine, "osD^v", colors, beside, strict=True):
    look = {"color": color, "mec": "black", "ms": 8, "label": title}
    ax.plot(mine[title], np.arange(len(mine)) + shift, marker, **look)
ax.axvline(0.5, color="black", lw=1, ls=":")
short = [textwrap.shorten(review, 40, placeholder=" …") for review in MY_REVIEWS]
ax.set(xlim=(-0.02, 1.02), yticks=range(len(mine)), yticklabels=short)
ax.set(ylim=(len(mine) - 0.5, -0.5), xlabel="probability of positive")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# *What each model makes of each review; at the right of the dotted line it says “positive”. Where the markers
# lie far apart, the models are not equally sure; where they lie on both sides of the line, they disagree, and it is worth
# looking why. A marker on the wrong side is an error, however much
# the models agree.*

# %% alt="Each of my reviews, its words coloured by what they add to the answer of the last of the models"
chosen = ASKED[-1]
moved = {}
for review in MY_REVIEWS:
    tokens, effects = evaluation.explain.occlusion(loaded[chosen], review)
    strongest = int(np.abs(effects).argmax())
    moved[review] = (tokens[strongest].strip(".,!?:"), effects[strongest])
    positive = mine.loc[review, titles[chosen]]
    title = f"{titles[chosen]}: positive with probability {positive:.2f}"
    plots.token_heatmap(tokens, effects, title=title)
    plt.show()

# %% [markdown]
# *The same colours as above. Words that act together are missed: with either out, the other stays.*
#
# To keep the answers, write them into a file. For many texts the command line does the same in pieces:
# `python -m lib.predict --model imdb/gru --file my.csv --column review`, and it explains single ones:
# `python -m lib.predict --explain "I fell asleep halfway through."`

# %%
file = paths.BUILD / "my_reviews.csv"
file.parent.mkdir(exist_ok=True)
mine.round(4).rename_axis("review").to_csv(file)
print(file.relative_to(paths.ROOT), "\n", file.read_text()[:160], "…")

# %% [markdown]
# ## How good are they, and what do they cost?
#
# Beside each model lies a JSON with all that was measured when it was trained: `evaluation.named`
# has read it above. *Accuracy* is the share of right answers on IMDB's 25,000 test reviews, of films that
# none of the training reviews is about; *low* and *high* bound its 95 % interval. *Taught*: its targets were half the label
# and half the averaged answer of other networks; its training seconds don't count theirs.

# %%
table = evaluation.table(runs.values()).set_index("model")
best, *level = evaluation.leaders(runs.values())
ahead = f"no more than chance ahead of {' and '.join(level)}"
ahead = ahead if level else "ahead of all others by more than chance"
machine = " and ".join({r.metrics["environment"]["cpu"] for r in runs.values()})
near = table.index[table["texts/s"] > 0.95 * table["texts/s"].max()]
light = table.index[table["file MB"] < 1.05 * table["file MB"].min()]
fast, smallest = (" and ".join(f"*{m}*" for m in some) for some in (near, light))
evaluation.say(f"""
    Most accurate here is **{best}** with {table["accuracy"].max():.4f}, {ahead}.
    Between the first and the last of these lie {100 * np.ptp(table["accuracy"]):.1f}
    points. The smallest file, of about {table["file MB"].min():.1f} MB, is that of
    {smallest}; the most texts a second, about {table["texts/s"].max():,.0f}, are
    answered by {fast}. Measured on
    {machine}.
""")
columns = "accuracy,low,high,file MB,training s,texts/s".split(",")
table[columns].style.format("{:.4f}").format("{:,.1f}", subset=columns[3:])

# %% [markdown]
# ## What to read next
#
# Each notebook asks one question. Up to 12 they go through the generations of models, on the same reviews
# and by the same protocol; then the data change; the last one compares them all.

# %%
rows = []
for path in sorted(paths.NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))[1:]:
    top = nbformat.read(path, as_version=4).cells[0].source
    number, title = re.match(r"# (\d+) · (.+)", top).groups()
    question = re.search(r"\*\*([^*]+\?)\*\*", top)[1].replace("\n", " ")
    rows.append((number, f"[{title}]({path.name})", question))
reading = pd.DataFrame(rows, columns=["", "notebook", "its question"])
evaluation.say(reading.to_markdown(index=False))

# %% [markdown]
# ## Verdict

# %%
says = mine > 0.5
agreed, fits = says.nunique(axis=1) == 1, says.eq(PRAISE, axis=0)
right = "; ".join(f"*{model}* {count}" for model, count in fits.sum().items())
strong = "; ".join(f"*{word}* ({effect:+.1f})" for word, effect in moved.values())
MEANT = {True: "praise", False: "blame"}
said = "; ".join(
    f"“{name}” (meant as {MEANT[meant]}): {n} of {len(loaded)} say positive"
    for name, meant, n in zip(short, PRAISE, says.sum(axis=1), strict=True)
)
evaluation.say(f"""
    **What do trained networks say to a sentence of yours, and which of its words made
    them say it?** On {agreed.sum()} of your {len(mine)} reviews all {len(loaded)}
    models agree, and are right on {fits[agreed].all(axis=1).sum()} of these. {said}.
    How many each model has right: {right}. The word of each review that moved
    *{titles[chosen]}* most, with its effect on the log-odds: {strong}. On whole reviews
    these models are right in {table["accuracy"].min():.1%} to
    {table["accuracy"].max():.1%} of all cases. On a sentence or two they have less to
    go by: a single word such as these can decide.
""")

# %% [markdown]
# ## Exercises
#
# 1. Replace *good* by *great* in the first two sentences, or make the film a *movie*. A model that understood
#    them would not change its mind; expect some to move.
# 2. Write a review that all models get wrong. Expect irony to be the easiest way: praise in words,
#    blame in meaning.
#
# ## References
#
# - Li, Monroe & Jurafsky (2016), *Understanding neural networks through representation erasure*: what is
#   called occlusion here.
# - Maas, Daly, Pham, Huang, Ng & Potts (2011), *Learning word vectors for sentiment analysis*: the reviews.
# - Wang & Manning (2012), *Baselines and bigrams: simple, good sentiment and topic classification*: NB-SVM.
