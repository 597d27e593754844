# %% [markdown]
# # 11 · A pretrained encoder
#
# **What does a pretrained network know of sentiment before it has read a single labelled review, how many
# labels does that save, and can a small network learn it from a large one?**
#
# Every network so far began with word vectors at most; how words act on each other it had to learn from
# some twenty thousand reviews. A *pretrained* encoder has read far more. Here one is asked as it is, with no
# label at all; then trained further; compared with the others at a hundred labels and at all of them; and made
# the teacher of small networks.
#
# You need the IMDB reviews, the runs of notebooks 2 to 10 and for the last comparison those of 12 (all are in the
# repository), and a pretrained encoder: MiniLM comes with `make install`;
# with `ENCODER = "distilbert-base-uncased"` below, DistilBERT is taken from the Hugging Face hub, which could not be
# reached where this was published. The first output says how long the two main trainings took, the last what
# most of it took. A training that is interrupted goes on from its last finished epoch.

# %% tags=["setup"]
SETUP

# %%
import json
import re
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from scipy.special import ndtr, softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tokenizers import Tokenizer

from lib import paths
from lib.training import frozen_features
from lib.training.history import retrain

plots.style()

# %%
ENCODER = "minilm"  # or "distilbert-base-uncased"
STEM = "minilm" if ENCODER == "minilm" else "distilbert"
CALLED = {"minilm": "MiniLM", "distilbert": "DistilBERT"}[STEM]
FROZEN = f"{STEM}_frozen"
for name in (FROZEN, STEM):
    print(evaluation.cost("imdb", name))
dataset = data.load("imdb")
small = dataset.synthetic  # the demo profile: short texts, few epochs, no results
print("Data:", "synthetic" if small else "real", dataset.name, dataset.fingerprint)
{part: len(getattr(dataset, part)) for part in ("train", "validation", "test")}

# %%
GOALS = {STEM: 0.935, FROZEN: 0.890, "student": 0.930}  # accuracy on the test part
SMALL_FILE, CHEAP = 5, 10  # megabytes of a student; times as fast as its teacher
evaluation.say(f"""
    Our goals on the test part: **{GOALS[STEM]:.3f}** fine-tuned,
    **{GOALS[FROZEN]:.3f}** frozen, and **{GOALS["student"]:.3f}** for a small network
    that learned from the large one, in a file of at most {SMALL_FILE} MB and at least
    {CHEAP} times as fast.
""")

# %% [markdown]
# ## What has it read?
#
# Before a pretrained network is compared with others, one should know what it was pretrained on. BERT
# (Devlin et al. 2019) learned to fill gaps in books and in Wikipedia. DistilBERT (Sanh et al. 2019) and MiniLM
# (Wang et al. 2020) are smaller networks that learned to imitate a larger one. The encoder that is used here, unless
# `ENCODER` says otherwise, began as a MiniLM, went through a further training in the manner of Reimers & Gurevych
# (2019), and says so itself: its folder holds a description and the way of *pooling*, of making one vector of what the
# encoder says about each of a text's words, that it was trained with.

# %%
folder = models.pretrained.find(ENCODER, download=True)
about = folder / "README.md"
described = about.read_text(encoding="utf-8") if about.exists() else ""
row = r"^\| (?:\[(.+?)\]|(All\w+)).*\| ([\d,]+) ?\| *$"
rows = re.findall(row, described, flags=re.M)
sources = pd.DataFrame(
    [(linked or plain, int(pairs.replace(",", ""))) for linked, plain, pairs in rows],
    columns=["source of pairs", "pairs"],
)
sources = sources.groupby("source of pairs", as_index=False)["pairs"].sum()
largest = sources.sort_values("pairs", ascending=False).head(8)
largest.style.hide(axis="index").format("{:,}", subset=["pairs"])

# %%
sizes = models.pretrained.sizes(folder)
blocks = sizes["num_layers"]
print(f"{blocks} blocks, {sizes['hidden_dim']} wide, {sizes['num_heads']} heads each")

# %%
pooling_file = folder / "1_Pooling" / "config.json"
start_from = json.loads((folder / "config.json").read_text(encoding="utf-8"))
named_imdb = sources["source of pairs"].str.contains("IMDB", case=False).sum() or "none"
limit = re.search(r"limited to (\d+) tokens", described)
licence = re.search(r"^license: (\S+)", described, flags=re.M)

# %%
if sources.empty or not pooling_file.exists():
    evaluation.say("This encoder's folder doesn't say what it was trained on.")
else:
    pooled_by = json.loads(pooling_file.read_text(encoding="utf-8"))
    ways = [
        k.removeprefix("pooling_mode_") for k, on in pooled_by.items() if on is True
    ]
    posts = sources["source of pairs"].str.contains("Reddit|Stack Exchange|Yahoo|Quora")
    share = sources["pairs"][posts].sum() / sources["pairs"].sum()
    evaluation.say(f"""
        A network of {blocks} blocks, {sizes["hidden_dim"]} wide, that began as
        *{start_from.get("_name_or_path")}*. Its further training was *contrastive*:
        given one text of a pair, which of many others belongs to it? There were
        **{sources["pairs"].sum() / 1e9:.2f} billion pairs**, {share:.0%} of them
        posts, questions and answers that people wrote to each other, cut to
        {limit[1] if limit else "a number not told of"} pieces of words. A text's
        vector was pooled by `{", ".join(ways)}`. So this encoder hasn't read books
        alone; and where the mean of its states serves better than another pooling, or
        short texts better than long ones, that is how it was trained, not a finding of
        ours. Of the {len(sources)} sources {named_imdb} is called IMDB. Its
        licence: {licence[1] if licence else "not named"}.
    """)


# %% [markdown]
# What does that mean for our comparisons? What strangers write to each other about all sorts of things is much of
# what it was trained on: that is presumably not far from film reviews, and closer still to the newsgroup posts of
# notebook 13. The models of earlier notebooks had the training reviews and nothing else. So where the encoder leads,
# the text that it has read may be the reason as well as its architecture, and its figures say nothing about an encoder
# with another past. Whether some of our reviews, which stand on the web, were among its texts, the
# list doesn't say.
#
# DistilBERT itself, with which the coursework worked, is read by the same code, and a test of this repository
# compares the states of both kinds of encoder with the reference implementation's.
#
# ## Word pieces
#
# A word vocabulary has no answer to a word that it doesn't hold. BERT's holds some thirty thousand *pieces*,
# of which nearly any word, in lower case, can be put together: the longest piece that fits is taken again and again; a
# piece that continues a word is written with `##`. By hand:

# %%
def pieces_by_hand(word, vocabulary):
    """WordPiece: the longest piece that fits, again and again; [UNK] if none does."""
    pieces, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in vocabulary:
                break
        else:
            return ["[UNK]"]
        pieces.append(piece)
        start = end
    return pieces


tokenizer = Tokenizer.from_str(models.pretrained.tokenizer(folder))
tokenizer.no_truncation()
tokenizer.no_padding()
vocabulary = tokenizer.get_vocab()
for word in "film unwatchable spielbergian meh tarantinoesque 7".split():
    assert pieces_by_hand(word, vocabulary) == tokenizer.encode(word).tokens[1:-1]
    print(f"{word:16s}", *pieces_by_hand(word, vocabulary))


# %% [markdown]
# Around each text stand two special pieces: `[CLS]`, whose state can stand for the whole text because it
# belongs to no word, and `[SEP]`. In a batch, `[PAD]` fills up the shorter texts, and a mask tells the
# encoder to ignore it.
#
# ## A block by hand
#
# The encoder is a table of vectors for pieces and positions, and a stack of blocks as in notebook 9. What goes from
# block to block is a vector for each piece, its *state*. A block has self-attention and a small network, each added
# to what it read and then normalised,
#
# $$h' = \mathrm{LN}\big(h + \mathrm{Attention}(h)\big),\qquad
# h'' = \mathrm{LN}\big(h' + W_2\,\mathrm{GELU}(W_1 h' + b_1) + b_2\big),\qquad
# \mathrm{GELU}(a) = a\,\Phi(a),$$
#
# where $\Phi$ is the normal distribution's function. In NumPy, for one text:

# %%
def block_by_hand(x, block):
    """What an encoder block makes of the states (time, width) of one text."""

    def dense(name, x):
        kernel, bias = getattr(block, name).get_weights()
        return x @ kernel + bias

    def normalised(name, x):
        gain, bias = getattr(block, name).get_weights()
        away = x - x.mean(axis=1, keepdims=True)
        return gain * away / np.sqrt(x.var(axis=1, keepdims=True) + 1e-12) + bias

    time_steps, width = x.shape
    q, k, v = (
        dense(name, x).reshape(time_steps, block.heads, -1).transpose(1, 0, 2)
        for name in ("query", "key", "value")
    )
    weights = softmax(q @ k.transpose(0, 2, 1) / np.sqrt(width / block.heads), axis=2)
    received = (weights @ v).transpose(1, 0, 2).reshape(time_steps, width)
    x = normalised("attention_norm", x + dense("mix", received))
    hidden = dense("expand", x)
    return normalised("output_norm", x + dense("contract", hidden * ndtr(hidden)))  # Φ


# %%
bare = {"trained_blocks": 0, "concatenated": 1, "dropout": 0.0, "dtype": "float32"}
backbone = models.bert.encoder(**sizes, **bare)
backbone.set_weights(models.pretrained.weights(folder))
first_block = backbone.get_layer("block_1")
around = keras.Model(
    backbone.input, [backbone.get_layer("norm").output, first_block.output]
)
one_text = np.array([tokenizer.encode("The plot is thin, and so is the ice.").ids])
reads, theirs = (np.asarray(states)[0] for states in around(one_text))
by_hand = block_by_hand(reads, first_block)
assert np.allclose(by_hand, theirs, atol=1e-4)
apart = np.abs(by_hand - theirs).max()
print(f"largest difference between the block by hand and the network's: {apart:.0e}")

# %% [markdown]
# What the encoder returns is, for each piece, a state that depends on the whole text. The same word has
# another state in another sentence; that is what word vectors can't do. How near two states are is told by the cosine
# of the angle between them.

# %%
tokenizer.enable_padding()


def states_of(texts):
    """Hidden states (batch, time, width) of raw texts."""
    ids = np.array([encoding.ids for encoding in tokenizer.encode_batch(texts)])
    return np.asarray(backbone(ids))


three = states_of(["The plot is thin.", "Thin ice under their feet.", "Thin"])
padding = np.abs(three[2, :3] - states_of(["Thin"])[0]).max()
thin = np.stack([three[0, 4], three[1, 1], three[2, 1]])
thin /= np.linalg.norm(thin, axis=1, keepdims=True)
cosine = thin @ thin.T
evaluation.say(f"""
    States of shape {three.shape}: texts, pieces, features. Padding moves a state by
    {padding:.0e} at most. The cosine between *thin* in a thin plot and in thin ice is
    **{cosine[0, 1]:.2f}**; between the plot's and the word alone {cosine[0, 2]:.2f},
    between the ice's and the word alone {cosine[1, 2]:.2f}. A word vector has 1 in all
    three cases.
""")

# %% [markdown]
# ## The plain model: the encoder as it is
#
# The encoder stays as it is, each review becomes one vector, and a logistic regression is fitted on these: the
# plainest use of a pretrained network, called a *linear probe*. Three things can be chosen:
#
# - **which block** the states are of (the last one has been shaped for the encoder's own task);
# - **how they are pooled**: the mean of all states, or that of `[CLS]` alone;
# - **what it reads**: the beginning and the end of a review, as much as fits, or nearly all of it, cut into
#   *windows* that are each read by themselves and pooled together.
#
# We ask on validation reviews, with some of the labels. The regression's penalty is the same everywhere, strong,
# because there are more features than would be wise for so few reviews.

# %%
SOME = 60 if small else 2_000
seen = data.subset(dataset, SOME, seed=0).train
asked = dataset.validation.take(np.arange(60 if small else 1_000))
ALL, PART, WINDOW = (32, 16, 8) if small else (1_024, 256, 32)  # in pieces
DTYPE = "float32" if small else "mixed_bfloat16"
WAYS = {
    f"[CLS], {PART} pieces": {"pooling": "first", "max_length": PART},
    f"mean, {PART} pieces": {"max_length": PART},
    f"mean, windows of {PART}": {"max_length": ALL, "window": PART},
    f"mean, windows of {WINDOW}": {"max_length": ALL, "window": WINDOW},
}


def by_blocks(parts, **how):
    """What each block makes of each part's texts, pooled: (texts, blocks, width)."""
    options = {"pretrained": ENCODER, "concatenated": blocks, "dtype": DTYPE}
    model = models.build("encoder", dataset, **options | how)
    found = [frozen_features.compute(model, texts) for texts in parts]
    return [pooled.reshape(len(pooled), blocks, -1) for pooled in found]


# %%
def probe(train, validation):
    """Which validation reviews a linear probe gets right, its features side by side."""
    fitted = make_pipeline(
        StandardScaler(), LogisticRegression(C=0.003, max_iter=1_000)
    )
    fitted.fit(train.reshape(len(train), -1), seen.labels)
    return fitted.predict(validation.reshape(len(validation), -1)) == asked.labels


probes = {}
for way, how in WAYS.items():
    parts = by_blocks([seen.texts, asked.texts], **how)
    for block in range(blocks):
        probes[way, str(block + 1)] = probe(*(part[:, block] for part in parts))
    probes[way, "last four"] = probe(*(part[:, -4:] for part in parts))
    probes[way, "all"] = probe(*parts)
order = [*map(str, range(1, blocks + 1)), "last four", "all"]
by_block = pd.Series({cell: right.mean() for cell, right in probes.items()})
by_block = by_block.unstack().loc[list(WAYS), order]

# %% alt="Validation accuracy of linear probes by block, way of pooling and size of window"
fig, ax = plt.subplots(figsize=(9, 2.8))
look = {"annot": True, "fmt": ".1f", "cmap": "Blues", "cbar": False}
sns.heatmap(100 * by_block, **look, ax=ax)
ax.set(xlabel="states of block", ylabel="", title="Accuracy of linear probes, in %")
ax.tick_params(axis="y", rotation=0)
plt.show()

# %% [markdown]
# *Logistic regression on the frozen encoder's states, fitted to 2,000 reviews: accuracy on 1,000 of validation. The rows
# of 256 pieces without windows read a review's beginning and end. Darker is better.*

# %%
CHOSEN = f"mean, windows of {WINDOW}", "last four"
single = by_block[order[:blocks]]
in_one_line = single.stack()
best_single = in_one_line.index[in_one_line == in_one_line.max()]
best_single = "; ".join(f"block {block} (*{way}*)" for way, block in best_single)
rank = (by_block > by_block.loc[CHOSEN]).to_numpy().sum() + 1
best_cell = by_block.stack().idxmax()
gap = 100.0 * probes[best_cell] - 100.0 * probes[CHOSEN]
half_width = 1.96 * gap.std(ddof=1) / np.sqrt(len(gap))
behind = "which is the highest"
if rank > 1:
    behind = f"number {rank} of {by_block.size}; the highest is {gap.mean():.1f} points"
    behind += (
        f" above it ({gap.mean() - half_width:+z.1f} to {gap.mean() + half_width:+z.1f}"
    )
    behind += f"; the best of {by_block.size}, so this flatters it)"

# %%
last = by_block[str(blocks)]
cut = np.mean([len(tokenizer.encode(text)) > ALL for text in asked.texts])
evaluation.say(f"""
    With {SOME:,} labels the highest value of a single block is
    **{single.max(axis=None):.1%}**, reached by {best_single}. The last block is the
    worst in {(single.idxmin(axis=1) == str(blocks)).sum()} of {len(single)} rows,
    presumably because it has been shaped for another task. From it, `[CLS]` gives {last.iloc[0]:.1%}, the mean of the
    same pieces {last.iloc[1]:.1%}, that of windows of {PART} {last.iloc[2]:.1%} and of
    {WINDOW} {last.iloc[3]:.1%}. The highest value of all,
    **{by_block.max(axis=None):.1%}**, stands in column *{best_cell[1]}* of row
    *{best_cell[0]}*. The frozen network below reads *{CHOSEN[1]}* by *{CHOSEN[0]}*,
    which was settled before this map was drawn: {by_block.loc[CHOSEN]:.1%}, {behind}.
    Windows read up to {ALL:,} pieces; {cut:.1%} of the reviews are longer.
""")

# %% [markdown]
# And **with no label at all**? The encoder was trained to put texts near to what belongs to them. So one can ask
# whether a review lies nearer to a sentence of praise or to one of blame, by the cosine of the means of the last block's
# states:

# %%
PAIRS = [
    ("A wonderful film.", "A terrible film."),
    ("I loved it.", "I hated it."),
    ("The reviewer recommends this film.", "The reviewer advises against this film."),
]
sentences = [sentence for pair in PAIRS for sentence in pair]
how = WAYS[f"mean, windows of {PART}"]
near, ours = (f[:, -1] for f in by_blocks([sentences, asked.texts], **how))
near, ours = (f / np.linalg.norm(f, axis=1, keepdims=True) for f in (near, ours))
closer = (ours @ near.T).reshape(len(ours), len(PAIRS), 2)
says = closer[:, :, 0] > closer[:, :, 1]

# %%
without_labels = (says == asked.labels[:, None]).mean(axis=0)
leads = closer[:, :, 0] - closer[:, :, 1]
aucs = [roc_auc_score(asked.labels, lead) for lead in leads.T]
by_pair = zip(PAIRS, without_labels, aucs, says.mean(axis=0), strict=True)
said_by_pair = "; ".join(
    f"*{a}* or *{b}* **{right:.1%}** (AUC {auc:.2f}; {yes:.0%} are called positive)"
    for (a, b), right, auc, yes in by_pair
)
majority = np.bincount(asked.labels).max() / len(asked)
above = (without_labels > majority + 2 * np.sqrt(0.25 / len(asked))).sum()
evaluation.say(f"""
    Right on the {len(asked):,} validation reviews: {said_by_pair}. Always saying the
    more frequent class gives {majority:.1%}; clearly above that are {above} of
    {len(PAIRS)}. Between the best pair and the worst lie
    {100 * (without_labels.max() - without_labels.min()):.0f} points: the words of the
    question are part of the answer, and choosing them takes labels, too. (AUC says how
    well reviews are ranked, wherever the line between the answers is drawn.)
""")

# %% [markdown]
# ## Two networks
#
# In the first the encoder is **frozen**: a small classifier with one hidden layer, its *head* (no head of
# attention), reads the means of the last four blocks, over small windows. The encoder says the same in every epoch, so
# each review goes through it once.
#
# In the second the encoder's blocks are **trained along**. The last block's states should be enough then, as it can
# learn what to say in them; and it reads up to as many pieces at once as it has positions for. The tables of pieces
# and positions stay as they are, with the norm behind them: most weights sit there, and many pieces are rare.
#
# While they are trained, products of matrices are computed with numbers of 16 bits (*bfloat16*), which have the range of
# ordinary ones and only two or three decimal digits; the sums that they go into, and the head, have 32. That is
# faster on processors made for it. A finished network answers with 32 bits, so that any computer gets the same answer.

# %%
HEAD = {"pretrained": ENCODER, "units": 16 if small else 128, "dtype": DTYPE}
BUILD = {
    FROZEN: HEAD | WAYS[CHOSEN[0]] | {"concatenated": 4, "dropout": 0.1},
    STEM: HEAD | {"trained_blocks": 1 if small else blocks, "dropout": 0.1},
}
BUILD[STEM] |= {"max_length": 32 if small else 512}
trained = {name: models.build("encoder", dataset, **BUILD[name]) for name in BUILD}
encoded = {name: model.network.get_layer("encoder") for name, model in trained.items()}


# %% alt="The weights of both networks by part, trained ones dark, fixed ones light"
def weights_by_part(name):
    """How many weights each part has, and whether they are trained."""
    parts = {layer.name: layer for layer in encoded[name].layers if layer.weights}
    parts |= {"hidden": trained[name].network.get_layer("hidden")}
    return [(n, part.count_params() / 1e6, part.trainable) for n, part in parts.items()]


fig, axs = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True)
for ax, name in zip(axs, trained, strict=True):
    names, millions, which = zip(*weights_by_part(name), strict=True)
    bars = ax.barh(names, millions, color=[plots.DARK if on else "0.8" for on in which])
    ax.bar_label(bars, fmt="{:.2f}", padding=3, fontsize="small")
    ax.margins(x=0.15)
    ax.set(title="frozen" if name == FROZEN else "fine-tuned", xlabel="million weights")
    ax.grid(visible=False, axis="y")
axs[0].invert_yaxis()
plt.show()

# %% [markdown]
# *Where the weights sit, from the table of pieces on top through the blocks down to the head's hidden layer.
# Dark parts are trained, grey ones stay as they were; `pieces`, `positions` and `norm` come before the first block.*

# %%
counts = {}
for name, model in trained.items():
    learned = sum(int(np.prod(w.shape)) for w in model.network.trainable_weights)
    counts[name] = learned, model.network.count_params()
evaluation.say(f"""
    Frozen, {counts[FROZEN][0]:,} of {counts[FROZEN][1]:,} weights are trained
    ({counts[FROZEN][0] / counts[FROZEN][1]:.1%}); fine-tuned {counts[STEM][0]:,}
    ({counts[STEM][0] / counts[STEM][1]:.0%}). The table of pieces alone holds
    {encoded[STEM].get_layer("pieces").count_params() / counts[STEM][1]:.0%}.
""")

# %% [markdown]
# ## Fine-tuning in the open
#
# Fine-tuning is `compile` and `fit`, with one thing that matters more than anywhere else: the size of the steps. The
# encoder is to be bent, not broken. Here are the same few reviews, cut short, with three learning rates. Normally
# the rate rises from zero over the first tenth of the steps (*warm-up*, meant to keep the untrained head from dragging
# the encoder along) and then falls to zero. The middle rate is also tried without the rise.

# %%
FEW = data.subset(dataset, 32 if small else 1_000, seed=1).train
SHORT = 16 if small else 64
RATES = [(1e-4, 0.1), (1e-4, 0.0), (1e-5, 0.1), (1e-3, 0.1)][: 1 if small else 4]
TWICE = 1 if small else 2  # epochs


# %%
def tune(rate, warmup):
    """Losses by batch and validation accuracy of a plain fine-tuning."""
    model = models.build("encoder", dataset, **BUILD[STEM] | {"max_length": SHORT})
    batch, epochs = 8 if small else 32, TWICE
    steps = epochs * -(-len(FEW) // batch)
    first = max(1, round(warmup * steps))
    plan = training.schedules.WarmupLinearDecay(
        rate, warmup_steps=first, total_steps=steps
    )
    model.compile(
        optimizer=keras.optimizers.AdamW(plan, weight_decay=0.01, clipnorm=1.0),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    losses = []
    note = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda _, logs: losses.append(logs["loss"])
    )
    model.fit(FEW.texts, FEW.labels, batch, epochs, callbacks=[note], verbose=0)
    logs = model.evaluate(asked.texts, asked.labels, verbose=0, return_dict=True)
    return losses, logs["accuracy"]


# %% alt="Training loss by batch for three learning rates, and one without warm-up"
tried = {}
for rate, warmup in RATES:
    named = np.format_float_scientific(rate, trim="-", exp_digits=1)
    tried[named + ("" if warmup else ", no warm-up")] = tune(rate, warmup)
losses = {name: (range(1, len(loss) + 1), loss) for name, (loss, _) in tried.items()}
fig, ax = plt.subplots(figsize=(8.5, 3.4))
labels = {"xlabel": "batch", "ylabel": "training loss, mean since\nthe epoch began"}
plots.lines(losses, **labels, title="Loss by learning rate", marker="", ax=ax)
ax.axhline(np.log(2), color="black", lw=1, label="guessing")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# *Training loss by batch, for each rate. Each epoch's mean starts anew, hence the steps.*

# %%
CENTRE = next(iter(tried))
reached = pd.Series({name: accuracy for name, (_, accuracy) in tried.items()})
broken = reached.index[reached < 0.6]
cold_start = ""
if not small:
    without = reached[f"{CENTRE}, no warm-up"] - reached[CENTRE]
    cold_start = (
        f"Leaving out warm-up changes {CENTRE} by {100 * without:+z.1f} points."
    )
peaks = evaluation.listed(
    {name: max(loss[1:]) for name, (loss, _) in tried.items()}, "{:.2f}"
)
said_by_rate = "; ".join(
    f"*{name}* {accuracy:.1%}" for name, accuracy in reached.items()
)
evaluation.say(f"""
    Validation accuracy after {TWICE} epochs of {len(FEW):,} reviews cut to {SHORT}
    pieces: {said_by_rate}. On the way the loss was at most {peaks}; guessing has
    {np.log(2):.2f}. Best here is **{reached.idxmax()}**. Below 60 %, so near guessing:
    {", ".join(broken) or "none"}. {cold_start} (One run each, and few steps: small
    differences may be luck, and a rate that has hardly begun here may be good in a
    longer training.)
""")

# %% [markdown]
# ## Train
#
# The batch size is one of those usual for BERT (Devlin et al. 2019, appendix A.3), the tenth of warm-up that of its
# code, and the rate, 1e-4, one of those for encoders of this size (Turc et al. 2019); a run takes too long here to
# search for better ones. Two epochs are the least that is usual. What this project adds is the average of the weights
# over the last steps, and label smoothing (notebook 3). The epoch with the smallest validation loss is kept. A few
# things were tried by hand before, on validation:

# %%
by_hand_before = pd.read_csv(paths.NOTEBOOKS / "logs" / "minilm.csv")
seen_there = ["validation accuracy", "validation cross-entropy"]
tried_before = by_hand_before.groupby("change", sort=False).agg(
    **{"lines of the log": ("change", "size"), "best accuracy": (seen_there[0], "max")},
    **{"smallest loss": (seen_there[1], "min")},
)
display(
    tried_before.style.format({"lines of the log": "{:.0f}"}, precision=4, na_rep="")
)
first, second = by_hand_before.loc[:1, seen_there].to_numpy()  # epochs of one run
on_states = tried_before[tried_before.index.str.startswith("frozen: a head")]
least = on_states["smallest loss"].idxmin().removeprefix("frozen: ")
evaluation.say(f"""
    Without label smoothing the second epoch was {100 * (second[0] - first[0]):+.1f}
    points more often right than the first, and so sure of itself that its loss was
    larger ({second[1]:.3f} against {first[1]:.3f}): the worse one would have been
    kept. That is why the fine-tuned network learns smoothed labels. Of the heads on
    frozen states the smallest loss, {on_states["smallest loss"].min():.4f}, belongs to
    *{least}*; that is the one that is published. (Two lines are two epochs of one run,
    the others a trial each. Options of all in
    `notebooks/logs/minilm.csv`; the best of {on_states["lines of the log"].sum():.0f}
    flatters itself a little.)
""")

# %%
TITLES = {FROZEN: f"{CALLED}, frozen", STEM: f"{CALLED}, fine-tuned"}
TRAINING = {
    FROZEN: {"epochs": 3 if small else 60, "learning_rate": 3e-3},
    STEM: {"epochs": 1 if small else 2, "batch_size": 32, "learning_rate": 1e-4},
}
TRAINING[FROZEN] |= {"label_smoothing": 0.0, "weight_decay": 0.3}
TRAINING[STEM] |= {"warmup": 0.1, "label_smoothing": 0.1}
histories = {}
for name, model in trained.items():
    histories[name] = training.fit(model, dataset, name=name, **TRAINING[name])
    about_run = {"name": name, "title": TITLES[name], "notebook": "11_distilbert"}
    evaluation.publish(model, dataset, histories[name], **about_run)

# %% alt="Train and validation accuracy by epoch, frozen and fine-tuned"
fig, axs = plt.subplots(1, 2, figsize=(9.5, 3.6))
for ax, name in zip(axs, trained, strict=True):
    plots.history(histories[name].record, "accuracy", title=TITLES[name], ax=ax)
    ax.get_legend().remove()
fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=3)
plt.show()

# %% [markdown]
# *Accuracy by epoch. Train accuracy is measured with dropout on, and while the epoch goes on; the dotted line
# is the epoch that was kept.*

# %%
for name in trained:
    log = histories[name].record
    loss = np.array(log["history"]["val_cross_entropy"])
    last = log["best_epoch"] == log["epochs"]
    more = ", and might fall further" * last
    which = "the last" if last else f"number {log['best_epoch']}"
    evaluation.say(f"""
        *{TITLES[name]}*: of {log["epochs"]} epochs {which} is kept, with a validation
        accuracy of {log["history"]["val_accuracy"][log["best_epoch"] - 1]:.4f}; the
        validation loss went from {loss[0]:.3f} to {loss.min():.3f}{more}. On train it
        is right on {log["history"]["accuracy"][log["best_epoch"] - 1]:.1%}. It took
        {log["seconds"] / 60:.0f} minutes.
    """)
apart = log["history"]["val_accuracy"][log["best_epoch"] - 1] - second[0]  # fine-tuned
evaluation.say(f"""
    The second epoch of the run by hand, without label smoothing, had {second[0]:.4f}:
    the smoothed one is {abs(round(len(dataset.validation) * apart))} validation
    reviews {"ahead of" if apart > 0 else "behind"} it, one run each. The rule,
    smallest validation loss, was fixed before either.
""")

# %% [markdown]
# The luck of a seed: it varies the head's first weights, the order of the reviews and dropout. Here both networks have
# a single seed: fine-tuning takes too long, and of the frozen one's time all but a minute or so is the encoder's
# reading, which each seed would need again for the test reviews. So none of their intervals knows of that luck; the other networks have several seeds.

# %%
others = ["tfidf_lr", "nbsvm", "ffnn", "dan"]
if not small:
    others += ["bilstm", "gru", "cnn", "lstm_attention", "transformer"]
    others += ["transformer_modern", "lru"]
runs = evaluation.named("imdb", [*others, *trained])
spread = evaluation.spread(runs.values())
moved_by = 100 * (spread["highest"] - spread["lowest"])
evaluation.say(f"""
    Seeds move the accuracy of the other networks by {moved_by.median():.1f} points in
    the median and {moved_by.max():.1f} at most, from the lowest to the highest of
    {" or ".join(map(str, sorted(set(spread["seeds"]))))} seeds.
""")
spread.style.hide(axis="index").format(precision=4)

# %% [markdown]
# ## What it buys
#
# Now on the test part, beside models that learned from the training reviews alone. The column *coursework* is what the
# coursework had, on splits of its own; its DistilBERT has a row with no figure of ours.

# %%
table = evaluation.beside_published(runs.values())
table = table[table["name"].isin([*runs, "distilbert"])].sort_values(
    "accuracy", ascending=False
)
columns = "model,accuracy,coursework,low,high,precision,recall,AUC,log loss,ECE".split(
    ","
)
whole = ["parameters", "training s", "texts/s"]
table[[*columns, *whole]].style.hide(axis="index").format(
    precision=4, na_rep=""
).format("{:,.0f}", subset=whole, na_rep="")

# %%
def best_by(column):
    """Who has the smallest value of a column of the table, and what it is."""
    row = table.dropna(subset=["accuracy"]).set_index("model")[column].astype(float)
    return f"*{row.idxmin()}* ({row.min():.4f})"


best_other = max(others, key=lambda name: evaluation.mean_accuracy(runs[name]))
tuned_metrics, plainer = runs[STEM].metrics, runs[best_other].metrics
costs_more = tuned_metrics["training"]["seconds"] / plainer["training"]["seconds"]
per_text = [m["inference"]["texts_per_second"] for m in (plainer, tuned_metrics)]
price = f"{costs_more:,.0f} times its training and {per_text[0] / per_text[1]:,.0f} "
price += "times its time for an answer"
evaluation.say(f"""
    Beside *{plainer["title"]}*, the most accurate of the others in the mean over
    seeds, *{TITLES[STEM]}* costs {price} (as they were measured when they were
    trained). The smallest log loss has {best_by("log loss")}, the smallest ECE
    {best_by("ECE")}.
""")

# %%
theirs_too = evaluation.published()
theirs_too = theirs_too[theirs_too["name"].str.startswith("distilbert")]
columns = "title dataset accuracy sentence_probability data n_test document".split()
words = {"title": "model", "dataset": "task", "n_test": "texts"}
words |= {"sentence_probability": "its sentence"}
theirs_shown = theirs_too[columns].rename(columns=words)
theirs_shown["task"] = theirs_shown["task"].str.replace("_", " ")
theirs_shown = theirs_shown.style.hide(axis="index").format(precision=4, na_rep="")
display(theirs_shown.format("{:,.0f}", subset=["texts"]))
coursework = theirs_too.query("dataset == 'imdb'").iloc[0]
evaluation.say(f"""
    The coursework's DistilBERT has {coursework["accuracy"]:.4f} on
    {coursework["n_test"]:,.0f} reviews of a random split, {CALLED} here
    {tuned_metrics["test"]["accuracy"]:.4f} on the official {len(dataset.test):,}.
    Films that stand in both parts make a random split easier (notebook 1), and it is
    another encoder, so the two can't be compared. DistilBERT's weights, which come
    from the hub, could not be had where this was published. Our figure for its
    newsgroups, with the frozen {CALLED} and posts without headers, is in notebook 13;
    *its sentence* is the probability of *positive* that it gave to
    “{evaluation.coursework.SENTENCE}”, which is among the probes below.
""")


# %% [markdown]
# Differences are taken review by review and averaged over the pairs of seeds, as in notebook 6: *more than chance* is
# one whose interval over reviews leaves out zero while all pairs point the same way. Both networks here have a single
# run; it is held against each seed of the other, so that only the other's luck shows. The fine-tuned one is held against
# the best of the others by the test part, which favours that one; the frozen one against TF-IDF with logistic regression, the plainest.

# %%
def versus(run, other):
    """One recipe against another by means over seeds; a single run meets each seed."""
    sides = [[one, *evaluation.repeats(one)] for one in (run, other)]
    most = max(map(len, sides))
    sides = [some * most if len(some) == 1 else some for some in sides]
    count = min(map(len, sides))
    return evaluation.contrast(*(some[:count] for some in sides))


def in_points(found):
    """A difference with its interval and what it is by seed."""
    by_seed = ", ".join(f"{gap:+z.2f}" for gap in found["by_seed"])
    span = f"**{found['points']:+z.2f}** points ({found['low']:+z.2f} to"
    return f"{span} {found['high']:+z.2f}; by pair {by_seed}), {found['verdict']}"


def judged(reached, goal):
    """Whether a goal is reached, as part of a sentence."""
    missed = f"missed by {100 * (goal - reached):.2f} points"
    return "reached" if reached >= goal else missed


# %%
for first, second in [(STEM, best_other), (STEM, FROZEN), (FROZEN, "tfidf_lr")]:
    found = versus(runs[first], runs[second])
    titles = [runs[name].metrics["title"] for name in (first, second)]
    evaluation.say(f"*{titles[0]}* against *{titles[1]}*: {in_points(found)}.")
for name in trained:
    test_part = runs[name].metrics["test"]
    now, (low, high) = test_part["accuracy"], test_part["accuracy_ci95"]
    lucky = " (its interval holds the goal, so luck may have its part)"
    evaluation.say(f"""
        The goal of {GOALS[name]:.3f} for *{TITLES[name]}* is
        **{judged(now, GOALS[name])}**: {now:.4f}{lucky * (low < GOALS[name] < high)}.
    """)


# %% [markdown]
# **Where did it change?** How far training moved each block's weights, as a share of their norm. The file keeps the
# matrices in 8 bits, and the trained network was rounded to these; so beside it stands how far rounding alone
# moves the pretrained weights.

# %%
def rounded(weight):
    """A weight as the file would keep it: a matrix in 8 bits, row by row."""
    return models.storage.dequantize(*models.storage.quantize(weight))


start = models.bert.encoder(**sizes, **bare)
start.set_weights(models.pretrained.weights(folder))
moved = {}
for number in range(1, blocks + 1):
    old, new = (
        [w for w in body.get_layer(f"block_{number}").get_weights() if w.ndim == 2]
        for body in (start, encoded[STEM])
    )
    length = np.sqrt(sum((w**2).sum() for w in old))
    for what, after in {"training": new, "rounding alone": map(rounded, old)}.items():
        change = sum(((a - b) ** 2).sum() for a, b in zip(old, after, strict=True))
        moved[f"block {number}", what] = 100 * np.sqrt(change) / length
moved = pd.Series(moved).unstack()[["training", "rounding alone"]]

# %% alt="How far fine-tuning moved each block's matrices, and rounding alone, in percent"
fig, ax = plt.subplots(figsize=(7, 3.2))
moved.iloc[::-1].plot.barh(color=[plots.DARK, plots.LIGHT], ax=ax, legend=False)
ax.set(xlabel="moved, in % of their norm", title="What fine-tuning changed")
ax.grid(visible=False, axis="y")
fig.legend(loc="outside right center")
plt.show()

# %% [markdown]
# *Norm of the change over norm of the matrices, block by block, the lowest block on top.*

# %%
said = moved["training"].agg(["min", "max", "idxmin", "idxmax"])
kept = histories[STEM].record["best_epoch"] - 1
exact = histories[STEM].record["history"]["val_accuracy"][kept]
rounded_accuracy = tuned_metrics["validation"]["accuracy"]
by_rounding = moved["rounding alone"].max()
clear = "far more than" if said["min"] > 2 * by_rounding else "not clearly more than"
n_validation = len(dataset.validation)
evaluation.say(f"""
    Training moved the blocks by {said["min"]:.1f} % to {said["max"]:.1f} % of their
    norm, most *{said["idxmax"]}*, least *{said["idxmin"]}*: {clear} rounding,
    {by_rounding:.1f} % at most. (One seed.) In 8 bits the file has
    {tuned_metrics["model"]["file_mb"]:.1f} MB, and the answer is right on
    {rounded_accuracy:.4f} of the {n_validation:,} validation reviews; before rounding,
    and computed with 16 bits, it was {exact:.4f}, a difference of
    {abs(round(n_validation * (rounded_accuracy - exact)))} reviews.
""")

# %% [markdown]
# ## How many labels does pretraining save?
#
# The question of everyone who has a drawer full of texts and an afternoon to label some. Five models from a
# hundred, five hundred, two thousand, ten thousand and all labels; word vectors and vocabularies may use
# all the texts, as texts are not what is scarce. (NB-SVM isn't among them: its vocabulary is chosen by labels.) Of the
# frozen encoder a linear probe is taken, on the states that the frozen network above reads.
#
# With fewer labels the networks get more epochs of smaller batches, and an average of weights that looks back less
# far, or they would take too few steps. Three things are cut to what time allows, and should be known when the figure
# is read:
#
# - All are compared on every fifth test review; what there is to choose, the networks' epoch and the probe's penalty, is
#   chosen on every sixth validation review: a few hundred, more than one would have with a hundred labels, so the left end flatters those
#   that choose.
# - The fine-tuned encoder reads at most 256 pieces with fewer labels, which may hold it back, and all of its 512 only
#   at the right end. There stand the published models, which have chosen on all validation reviews.
# - There are three draws of each size, but of what takes longest fewer: of the LSTM three, two, two and one from the
#   fewest labels to 10,000, of the fine-tuned encoder three, two, one and one.

# %%
FIFTH = np.arange(0, len(dataset.test), 5)
SIXTH = np.arange(0, len(dataset.validation), 6)
TRIAL = dataset.derived(
    "every fifth test and sixth validation text",
    validation=dataset.validation.take(SIXTH),
    test=dataset.test.take(FIFTH),
)
SIZES = [50] if small else [100, 500, 2_000, 10_000]
DRAWS = {"tfidf_lr": (3, 3, 3, 3), "ffnn": (3, 3, 3, 3), "lstm_attention": (3, 2, 2, 1)}
DRAWS |= {FROZEN: (3, 3, 3, 3), STEM: (3, 2, 1, 1)}
if small:
    DRAWS = {"tfidf_lr": (1,), FROZEN: (1,)}
CURVES = {"tfidf_lr": "TF-IDF + LR", "ffnn": "Feed-forward on n-grams"}
CURVES |= {"lstm_attention": "BiLSTM + attention"}
CURVES |= {FROZEN: f"{CALLED}, linear probe", STEM: TITLES[STEM]}
print({part: len(getattr(TRIAL, part)) for part in ("train", "validation", "test")})

# %%
ATTENTION = {"names": "out"}, {"learning_rate": 3e-3}
MANY_STEPS = {
    "epochs": 30,
    "batch_size": 32,
    "ema_momentum": 0.9,
}  # few texts, few steps


def with_labels(name, size):
    """Architecture, options of `build` and of `fit`, for so many labels."""
    if name == STEM:
        plan = {"epochs": 2} if size >= 10_000 else {"epochs": 4, "ema_momentum": 0.9}
        plan |= {"epochs": 8, "batch_size": 16} if size < 1_000 else {}
        return "encoder", BUILD[STEM] | {"max_length": 256}, TRAINING[STEM] | plan
    if name == "lstm_attention":
        return name, ATTENTION[0], ATTENTION[1] | MANY_STEPS
    known = training.recipe(runs[name])
    plan = {} if name == "tfidf_lr" else MANY_STEPS
    return name, known["build"], known["fit_options"] | plan


# %%
STRENGTHS = (1e-4, 1e-3, 1e-2)  # the inverse of the penalty


untrained = models.build("encoder", dataset, **BUILD[FROZEN])


def frozen_states(texts):
    """The states of texts, as the frozen network's head saw them in training."""
    return frozen_features.compute(untrained, texts).astype("float64")


place = {text: row for row, text in enumerate(dataset.train.texts)}
states_of_all = frozen_states(dataset.train.texts)
states_held = frozen_states(TRIAL.validation.texts)


def linear_probe(labelled):
    """Of some logistic regressions on frozen states the best on validation."""
    rows, fitted = [place[text] for text in labelled.train.texts], []
    for strength in STRENGTHS:
        one = LogisticRegression(C=strength, max_iter=1_000)
        one = make_pipeline(StandardScaler(), one)
        fitted.append(one.fit(states_of_all[rows], labelled.train.labels))
    labels = labelled.validation.labels
    return max(fitted, key=lambda one: one.score(states_held, labels))


# %%
def probe_run(labelled, name, about):
    """The figures of a linear probe, kept like those of `training.measure`."""
    path = paths.models_dir(dataset.name) / "steps" / f"{name}.json"
    made_by = {"C": list(STRENGTHS), "concatenated": 4} | WAYS[CHOSEN[0]]
    if path.exists() and not retrain():
        run = evaluation.read(path)
        same_data = run.metrics["data"]["fingerprint"] == labelled.fingerprint
        if same_data and run.metrics["training"].get("options") == made_by:
            return run
    started = time.perf_counter()
    fitted = linear_probe(labelled)
    record = {"seconds": time.perf_counter() - started, "seed": 0, "options": made_by}
    evaluation.publish(
        lambda texts: fitted.predict_proba(frozen_states(texts)),
        labelled,
        record,
        name=f"steps/{name}",
        **about,
    )
    return evaluation.read(path)


# %%
def labels_run(name, size, draw):
    """The figures of a model that saw so many labels."""
    whole = size == len(dataset.train)
    labelled = TRIAL if whole else data.subset(TRIAL, size, seed=draw)
    stem = f"labels-{name}-{size}-{draw}"
    about = {"title": CURVES[name], "notebook": "11_distilbert"}
    if name == FROZEN:
        return probe_run(labelled, stem, about)
    architecture, build, plan = with_labels(name, size)
    options = {"build": build, "fit_options": plan, "seed": draw, "labelled": labelled}
    return training.measure(architecture, dataset, name=stem, **about, **options)


# %%
points = []
for name in DRAWS:
    for size, draws in zip(SIZES, DRAWS[name], strict=True):
        for draw in range(draws):
            right = labels_run(name, size, draw).right
            points.append((CURVES[name], size, right.mean()))
    size = len(dataset.train)
    right = (
        labels_run(name, size, 0).right if name == FROZEN else runs[name].right[FIFTH]
    )
    points.append((CURVES[name], size, right.mean()))
by_labels = pd.DataFrame(points, columns=["model", "labels", "accuracy"])
means = by_labels.groupby(["model", "labels"], sort=False)["accuracy"].mean().unstack(0)
means.style.format("{:.4f}").format_index("{:,}")

# %% alt="Test accuracy against the number of labelled reviews, a line a model"
fig, ax = plt.subplots(figsize=(9, 4.4))
curves = {model: (means.index, means[model]) for model in means}
labels = {"xlabel": "labelled reviews", "ylabel": "accuracy on every fifth test review"}
plots.lines(curves, **labels, marker="osD^v", ax=ax)
for line in list(ax.lines):
    own = by_labels[by_labels["model"] == line.get_label()]
    look = {"s": 16, "color": line.get_color(), "marker": line.get_marker(), "alpha": 0.6}
    ax.scatter(own["labels"], own["accuracy"], **look)
ax.set(xscale="log", title="How many labels does pretraining save?")
if not small:
    ax.set_ylim(0.7, None)
ax.set_xticks(means.index, [f"{size:,}" for size in means.index])
ax.minorticks_off()
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# *Lines join the means over the draws; small marks are the draws, where there are several. The number of labels is on a
# logarithmic axis. What lies below .7, the LSTM with a hundred labels, is off the figure, and in the table.*

# %%
encoders = [CURVES[name] for name in (FROZEN, STEM) if name in DRAWS]
others_at, tuned = means.drop(columns=encoders), means[encoders[-1]]
known = len(dataset.train)
lines, times = [], []
for size, accuracy in tuned.items():
    enough = others_at.index[others_at.max(axis=1) >= accuracy]
    needs = "don't reach that with all"
    if len(enough):
        needs = (
            f"reach that with {'all ' if enough.min() == known else ''}{enough.min():,}"
        )
    leader = means.loc[size].idxmax()
    said = f"*{leader}* leads with **{accuracy:.1%}**"
    if leader != encoders[-1]:
        said = (
            f"*{leader}* leads with {means.loc[size].max():.1%}, *{encoders[-1]}* has "
        )
        said += f"**{accuracy:.1%}**"
    least = means.loc[size]
    said += f", last is *{least.idxmin()}* with {least.min():.1%}"
    lines.append(f"- *{size:,} labels*: {said}; those without an encoder {needs}")
    if len(enough):
        times.append(enough.min() / size)
evaluation.say("\n".join(lines))

# %%
of_probe = means[CURVES[FROZEN]]
first_at, last_at = (
    ", ".join(f"{size:,}" for size in means.index[where]) or "no number of"
    for where in (
        of_probe > others_at.max(axis=1),
        of_probe == means.min(axis=1),
    )
)
evaluation.say(f"""
    The encoder that stays frozen, *{CURVES[FROZEN]}*, is ahead of all without an
    encoder with {first_at} labels, and last of all models with {last_at}.
""")

# %% [markdown]
# So how many labels are saved? The best of those without an encoder that has all labels is held against the encoder
# with fewer, review by review on the same test reviews: the first draw of each size.

# %%
rival = others_at.iloc[-1].idxmax()
full = others_at[rival].iloc[-1]
(rival_key,) = [name for name, title in CURVES.items() if title == rival]
with_all = runs[rival_key].right[FIFTH]
tuned_key = list(CURVES)[list(CURVES.values()).index(encoders[-1])]
gaps = {}
for size in tuned.index[:-1]:
    by_review = 100.0 * labels_run(tuned_key, size, 0).right - 100.0 * with_all
    gaps[size] = (
        by_review.mean(),
        1.96 * by_review.std(ddof=1) / np.sqrt(len(by_review)),
    )
reaches = pd.Series({size: gap + half >= 0 for size, (gap, half) in gaps.items()})
level = reaches.index[reaches[::-1].cummin()[::-1]]  # and with more labels, too
said_by_size = "; ".join(
    f"{size:,}: {gap:+z.1f} ({gap - half:+z.1f} to {gap + half:+z.1f})"
    for size, (gap, half) in gaps.items()
)

# %%
if len(level):
    gap, half = gaps[level[0]]
    where = "is ahead of" if gap > half else "can't be told from"
    saved = f"With **{level[0]:,}** labels *{encoders[-1]}* {where}"
else:
    saved = f"With {tuned.index[-2]:,} labels *{encoders[-1]}* still stays below"
saved += f" the best without an encoder that has all {known:,} (*{rival}*, {full:.1%}"
saved += " on every fifth test review)."
fewer = ""
if times:
    at_most = ", ".join(f"{ratio:.3g}" for ratio in times)
    fewer = f"Where those without one reach its accuracy, it is with {at_most} times as "
    fewer += "many labels or fewer, from the fewest on; sizes between were not tried."
evaluation.say(f"""
    {saved} The difference in points, by number of labels: {said_by_size}. (On
    {len(FIFTH):,} reviews; the luck of the draw isn't in these intervals. On all test
    reviews the two networks with all labels have {runs[STEM].right.mean():.1%} and
    {runs[rival_key].right.mean():.1%}: every fifth happens to be easier, so only
    differences count here.) With all
    labels the linear probe, which has no seed, has
    {means[CURVES[FROZEN]].iloc[-1]:.1%}, the head with a hidden layer on the same
    states {runs[FROZEN].right[FIFTH].mean():.1%}.
""")


# %% [markdown]
# ## Distilled
#
# The D in DistilBERT: a small network learns from what a large one *answers*, not from labels (Hinton, Vinyals
# & Dean 2015). An answer such as "positive, .71" says more than "positive": that this review has two sides. And a
# teacher can be asked about texts that nobody has labelled. Ours are halves of the training reviews, the first
# half of every other one and the second half of the rest: the teacher has read them, but never by themselves, and their
# label isn't used. (IMDB's publishers add 50,000 reviews without labels. No model of this project reads them, so that all
# have had the same texts.)

# %%
def half_of(number, text):
    """A review's first half if its number is even, else its second, by words."""
    words = text.split()
    middle = len(words) // 2
    return " ".join(words[middle:] if number % 2 else words[:middle])


unlabelled = [half_of(number, text) for number, text in enumerate(dataset.train.texts)]
unlabelled = unlabelled[:100] if small else unlabelled
answered, problems = evaluation.ask_all(
    [runs[STEM]], "train-and-halves", [*dataset.train.texts, *unlabelled]
)
assert not problems, problems
(teacher,) = answered.values()
print(f"{len(teacher):,} answers of the teacher")

# %% [markdown]
# A teacher answers a review that it was trained on partly from memory. The clean way would be five teachers, each asked
# about the fifth that it has not seen; that is five fine-tunings more, too many here. How much memory is there?

# %%
truth = dataset.train.labels
agrees = (teacher.argmax(axis=1) == np.r_[truth, truth[: len(unlabelled)]]).astype(
    float
)
on_validation = runs[STEM].probabilities["validation"]
groups = {
    "reviews it was trained on": (agrees[:known].mean(), teacher[:known]),
    "validation reviews": (rounded_accuracy, on_validation),
    "halves of training reviews": (agrees[known:].mean(), teacher[known:]),
}
said = [
    f"*{name}* {share:.1%}, its mean confidence {answers.max(axis=1).mean():.1%}"
    for name, (share, answers) in groups.items()
]
evaluation.say(f"""
    How often the teacher's answer is the label, for a half that of the whole review:
    {"; ".join(said)}. It is right
    {100 * (agrees[:known].mean() - rounded_accuracy):.1f} points more often on reviews
    that it was trained on than on those of validation: so much is memory.
""")

# %% [markdown]
# More teachers can be had cleanly: the network on n-grams of notebook 3 and the LSTM with attention of notebook 8 train
# in minutes, so there are five of each, each asked about the fifth of the reviews that it has not seen. (Notebook 12
# needs the same ten.) The average of all answers, the encoder's among them, is tried as a teacher as well.

# %%
clean = {}
for name in ["ffnn"] if small else ["ffnn", "lstm_attention"]:
    how = {"count": 2 if small else 5} | training.recipe(runs[name])
    clean[name] = training.out_of_fold(dataset=dataset, name=name, **how)
average = np.mean([teacher[:known], *clean.values()], axis=0)
said = ", ".join(
    f"*{CURVES[name]}* {np.mean(answers.argmax(axis=1) == truth):.1%}"
    for name, answers in clean.items()
)
evaluation.say(f"Out of fold, they give the reviews their label: {said}.")

# %% [markdown]
# What helps is asked on validation, with the cheapest student: the network on n-grams again, trained as in notebook 3
# but without label smoothing, as the targets are soft by themselves. First the *temperature* T: above 1 it softens
# answers, as the probabilities are raised to the power of 1/T and made to add up to 1 again; .98 becomes .875 with
# T = 2. Then, at the best one, more texts, and the average of the teachers; that average also as in notebook 12, where a
# target is half of it (T = 1) and half the label. Two controls, out of the contest, have no teacher: one the labels
# without smoothing, the other the halves as well, with the label of their review. As anywhere in this project the smallest log loss
# on validation decides. A student that learns softened answers is less sure than its teacher, so one number is fitted
# to each student's answers first that makes all of them surer or less sure, again a temperature.

# %%
NGRAMS = training.recipe(runs["ffnn"])
SEQUENCE = {"epochs": 10, "learning_rate": 3e-3, "ema_momentum": 0.995}
WIDE = {"epochs": 14, "learning_rate": 3e-3, "ema_momentum": 0.995, "epsilon": 1e-4}
STUDENTS = {
    "ffnn": (NGRAMS["build"], NGRAMS["fit_options"]),
    "lstm_attention": ({"names": "out"}, SEQUENCE),
    "wide_and_deep": (
        {"names": "out", "max_features": 170_000, "branch_dropout": 0.5},
        WIDE,
    ),
}
STUDENTS = {
    name: (build, plan | {"label_smoothing": 0.0} | ({"epochs": 1} if small else {}))
    for name, (build, plan) in STUDENTS.items()
}
TEMPERATURES = (2.0,) if small else (1.0, 2.0, 4.0)


# %%
def lesson(answers, temperature, texts=()):
    """The data set with a teacher's answers in place of labels."""
    answers = answers[: known + len(texts)]
    return data.taught(dataset, answers, temperature=temperature, texts=texts)


def student_run(title, stem, taught):
    """The figures of a network on n-grams that learned from a teacher."""
    build, plan = STUDENTS["ffnn"]
    about = {"title": title, "notebook": "11_distilbert", "labelled": taught}
    how = {"build": build, "fit_options": plan}
    return training.measure("ffnn", dataset, name=f"ffnn-taught-{stem}", **how, **about)


def right_on_validation(run):
    return run.probabilities["validation"].argmax(axis=1) == dataset.validation.labels


# %%
lessons, taught_runs = {}, {"labels": runs["ffnn"]}
for temperature in TEMPERATURES:
    title = f"reviews, T = {temperature:g}"
    lessons[title] = lesson(teacher, temperature)
    stem = f"t{temperature:g}"
    taught_runs[title] = student_run(title, stem, lessons[title])
by_temperature = dict(zip(TEMPERATURES, lessons, strict=True))
BEST_T = min(
    TEMPERATURES,
    key=lambda t: evaluation.validation_loss(taught_runs[by_temperature[t]]),
)

# %%
UNSMOOTHED, CONTROL = CONTROLS = "labels, not smoothed", "labels, of halves too"
as_labelled = np.eye(2)[np.r_[truth, truth[: len(unlabelled)]]]
more = {
    f"reviews and halves, T = {BEST_T:g}": (
        "halves",
        lesson(teacher, BEST_T, unlabelled),
    ),
    f"reviews, {1 + len(clean)} teachers, T = {BEST_T:g}": (
        "all",
        lesson(average, BEST_T),
    ),
    f"reviews, {1 + len(clean)} teachers and labels": (
        "half",
        data.taught(dataset, average, share=0.5),
    ),
    UNSMOOTHED: ("unsmoothed", lesson(as_labelled, 1.0)),
    CONTROL: ("nobody", lesson(as_labelled, 1.0, unlabelled)),
}

# %%
for title, (stem, taught) in more.items():
    lessons[title] = taught
    taught_runs[title] = student_run(title, stem, taught)
scored = {title: right_on_validation(run) for title, run in taught_runs.items()}
scores = pd.DataFrame(
    {
        "validation accuracy": {title: right.mean() for title, right in scored.items()},
        "validation log loss": {
            t: evaluation.validation_loss(run) for t, run in taught_runs.items()
        },
    }
)
scores.style.format(precision=4)

# %%
losses = scores["validation log loss"]
chosen = losses.drop(["labels", *CONTROLS]).idxmin()
gains = {}
for other in ("labels", *CONTROLS):
    gain = 100.0 * scored[chosen] - 100.0 * scored[other]
    half = 1.96 * gain.std(ddof=1) / np.sqrt(len(gain))
    gains[other] = f"{gain.mean():+z.1f} points ({gain.mean() - half:+z.1f} to "
    gains[other] += f"{gain.mean() + half:+z.1f})"
alone = losses[list(by_temperature.values())]
with_halves = losses[losses.index.str.startswith("reviews and halves")].iloc[0]
larger = alone > losses["labels"]
side = "some of them larger" if larger.any() else "all smaller"
side = "all larger" if larger.all() else side
raise_it = [
    "raises" if with_halves > losses[by_temperature[BEST_T]] else "lowers",
    "raise" if losses[CONTROL] > losses[UNSMOOTHED] else "lower",
]

# %%
evaluation.say(f"""
    Taught by the encoder's answers alone, at {len(TEMPERATURES)} temperatures, the
    student has log losses from {alone.min():.4f} to {alone.max():.4f}, **{side}** than
    by labels ({losses["labels"]:.4f}; not smoothed {losses[UNSMOOTHED]:.4f}). Adding
    the halves {raise_it[0]} the loss with the teacher's answers (to {with_halves:.4f});
    with labels they {raise_it[1]} it (to {losses[CONTROL]:.4f}). One run each.
""")
evaluation.say(f"""
    The smallest log loss has **{chosen}**, {losses[chosen]:.4f}; notebook 3's network,
    taught by labels, has {losses["labels"]:.4f}. In accuracy it differs from that
    network by {gains["labels"]}; from the controls, which have no teacher, by
    {gains[UNSMOOTHED]} (*{UNSMOOTHED}*) and {gains[CONTROL]} (*{CONTROL}*). (Over {len(gain):,} reviews, up to thirty of one film, so the
    intervals are rather narrow; one seed, and the best of {len(lessons) - len(CONTROLS)}, so
    it flatters.) That is how all students are taught from here on.
""")

# %% [markdown]
# The students: that one, the bidirectional LSTM with attention of notebook 8, and a network that reads a review both as
# a bag of n-grams and as a sequence of words, which notebook 12 is about; here with fewer n-grams than there, so that its
# file stays within our limit.

# %%
TEACHING = lessons[chosen]
CALLED_STUDENT = {name: CURVES.get(name, "Wide and deep") for name in STUDENTS}
students = {}
for architecture in ["ffnn"] if small else STUDENTS:
    name = f"{architecture}_distilled"
    build, plan = STUDENTS[architecture]
    model = models.build(architecture, dataset, labelled=TEACHING, **build)
    history = training.fit(model, TEACHING, name=name, **plan)
    title = f"{CALLED_STUDENT[architecture]}, distilled"
    about_student = {"name": name, "title": title, "notebook": "11_distilbert"}
    evaluation.publish(model, TEACHING, history, **about_student)
    students[name] = model

# %% [markdown]
# The first from other seeds too, as it takes a minute or two; and all are timed here once more, one after the other on
# the same reviews, as the published times are of different days.

# %%
seeds = (1,) if small else (1, 2)
training.repeat(dataset, "ffnn_distilled", seeds=seeds, taught=TEACHING)
there = [
    name
    for name in STUDENTS
    if (paths.models_dir(dataset.name) / f"{name}.json").exists()
    and f"{name}_distilled" in students
]
graded = evaluation.named("imdb", [*students, *there, STEM])
by_two = evaluation.named("imdb", ["wide_and_deep_taught"], missing_ok=True)
timed, timed_texts = {}, dataset.test.texts[: 32 if small else 512]
for name, model in (students | {STEM: trained[STEM]}).items():
    model.predict_proba(timed_texts[:32])  # graphs are traced once
    started = time.perf_counter()
    model.predict_proba(timed_texts)
    timed[name] = 1_000 * (time.perf_counter() - started) / len(timed_texts)

# %%
rows = evaluation.table([*graded.values(), *by_two.values()])
rows = rows.sort_values("accuracy", ascending=False)
rows["ms a text"] = rows["name"].map(timed)
columns = ["model", "accuracy", "low", "high", "log loss", "file MB", "ms a text"]
rows[columns].style.hide(axis="index").format(precision=4).format(
    "{:,.2f}", subset=["file MB", "ms a text"], na_rep=""
)

# %% [markdown]
# *Students, the same architectures taught by labels (with label smoothing, and wide and deep with more n-grams), and the
# encoder on the test part; wide and deep, taught, is that of notebook 12, whose teachers are the two small ones alone.
# Times are per text, of many at once.*

# %%
for name in students:
    student, before = graded[name], name.removesuffix("_distilled")
    own_mean = evaluation.mean_accuracy(student)
    missing = 100 * (evaluation.mean_accuracy(graded[STEM]) - own_mean)
    side = "below" if missing > 0 else "above"
    count = 1 + len(evaluation.repeats(student))
    counted = "one seed" if count == 1 else f"mean of {count} seeds"
    against = "There is none taught by labels to compare it with"
    if before in there:
        found = versus(student, graded[before])
        against = f"Against *{graded[before].metrics['title']}*, taught by labels: "
        against += in_points(found)
    evaluation.say(f"""
        *{student.metrics["title"]}*: **{own_mean:.4f}** ({counted}),
        {abs(missing):.1f} points {side} the encoder, {timed[STEM] / timed[name]:,.0f}
        times as fast, in a file of {student.metrics["model"]["file_mb"]:.1f} MB.
        {against}.
    """)

# %%
fit_in = [
    name
    for name in students
    if graded[name].metrics["model"]["file_mb"] <= SMALL_FILE
    and timed[STEM] >= CHEAP * timed[name]
]
best_student = min(
    fit_in or students, key=lambda name: evaluation.validation_loss(graded[name])
)
student_mean = evaluation.mean_accuracy(graded[best_student])
evaluation.say(f"""
    {len(fit_in)} of {len(students)} students have at most {SMALL_FILE} MB and are at
    least {CHEAP} times as fast as the encoder. The best of them on validation is
    *{graded[best_student].metrics["title"]}*; the goal of {GOALS["student"]:.3f} is
    **{judged(student_mean, GOALS["student"])}** by it: {student_mean:.4f} on the test
    part.
""")


# %% [markdown]
# Is that the encoder's doing? Two of the three teachers are as small as the students. In notebook 12 wide and deep was
# taught by these two alone, with more n-grams and all else alike. So the difference between the two networks is what
# the encoder's answers add, less what the shorter list of n-grams costs.

# %%
WHAT_IT_ADDS = {
    "beats": "bring it more than the two small teachers alone do",
    "is level with": "bring it nothing that shows over the two small teachers alone",
    "stays below": "leave it below what the two small teachers alone make of it",
}
beyond = ""
if by_two and "wide_and_deep_distilled" in students:
    adds = versus(graded["wide_and_deep_distilled"], *by_two.values())
    beyond = "When wide and deep is the student, the encoder's answers "
    beyond += f"{WHAT_IT_ADDS[evaluation.standing(adds)]}: {in_points(adds)}, with a "
    beyond += "shorter list of n-grams than theirs."
evaluation.say(beyond or "There are no two such networks to compare yet.")

# %% [markdown]
# ## The same dozen sentences
#
# They are the same in every notebook.

# %% alt="Probability of positive for each probe sentence, a column a model"
heard = ["nbsvm", "ffnn"] + ([] if small else ["lstm_attention"])
probed = {n: runs[n] for n in [*heard, FROZEN, STEM]} | {n: graded[n] for n in students}
answers, expected = evaluation.probe_table(probed)
fig, ax = plt.subplots(figsize=(11.5, 6.8))
plots.probe_heatmap(answers, expected, ax=ax)
plt.show()

# %% [markdown]
# *Probability of positive for each sentence; blue-violet above one half, orange below (without colour, read the numbers).
# The sign behind a sentence is the right answer, a cross marks a wrong one.*

# %%
solved = (answers > 0.5).eq(np.array(expected, bool), axis=0)
hits, by_tuned = solved.sum(), solved[runs[STEM].metrics["title"]]
pupils = [graded[name].metrics["title"] for name in students]
cases = {
    "the teacher is right and no student on": by_tuned
    & ~solved[pupils].any(axis=1),
    "all students are right and the teacher isn't on": ~by_tuned
    & solved[pupils].all(axis=1),
    "nobody is right on": ~solved.any(axis=1),
}
cases = "; ".join(
    f"{what} {', '.join(f'“{s}”' for s in solved.index[rows_of]) or 'none'}"
    for what, rows_of in cases.items()
)

# %%
by_sentence = evaluation.sentence_table(probed.values())
shown = by_sentence["ours"].notna() | by_sentence["model"].str.startswith("DistilBERT")
sentence = evaluation.coursework.SENTENCE
said_hits = "; ".join(f"*{name}* {n}" for name, n in hits.items())
asked_before = by_sentence.set_index("model")
own_answer = asked_before.loc[runs[STEM].metrics["title"], "ours"]
evaluation.say(f"""
    Right of {len(answers)}: {said_hits}. A dozen sentences are for looking, not for
    ranking. {cases[0].upper() + cases[1:]}. The coursework asked its models for the probability
    of *positive* of “{sentence}”, a negative sentence: its DistilBERT said {theirs_too["sentence_probability"].dropna().iloc[0]:.4f},
    our fine-tuned {CALLED} says {own_answer:.4f}. All answers to it are below.
""")
by_sentence[shown].style.hide(axis="index").format(precision=4, na_rep="")

# %% [markdown]
# ## Load it and ask
#
# The frozen model's file holds its head alone and looks for the encoder where this notebook found it; the
# fine-tuned one's holds everything, its tokenizer included.

# %% alt="Words of two reviews coloured by what leaving them out changes, teacher and student"
saved_in = {
    n: paths.models_dir(dataset.name) / f"{n}.keras" for n in (STEM, best_student)
}
loaded = {n: keras.models.load_model(file) for n, file in saved_in.items()}
MY_REVIEWS = [  # edit these
    "Not bad at all: the plot is silly, but I laughed a lot and would watch it again.",
    "I wanted to love it. The cast is brilliant, yet I fell asleep halfway through.",
]
by_both, turns_on = [], []
for review in MY_REVIEWS:
    fig, pair = plt.subplots(2, 1, figsize=(9, 2.6))
    for ax, (name, model) in zip(pair, loaded.items(), strict=True):
        positive = model.predict_proba([review])[0, 1]
        effects = evaluation.explain.occlusion(model, review)
        title = f"{'teacher' if name == STEM else 'student'}: positive {positive:.2f}"
        most = int(np.abs(effects[1]).argmax())
        turns_on.append(f"*{effects[0][most]}* ({effects[1][most]:+.1f})")
        by_both.append(positive > 0.5)
        plots.token_heatmap(*effects, title=title, ax=ax)
    plt.show()

# %% [markdown]
# *By how much the log-odds fall when a word is left out, above for the teacher, below for the student that was best on
# validation: blue words pull towards “positive”, orange ones (in italics) towards “negative”, each row by its own
# strongest word.*

# %%
differ = sum(a != b for a, b in zip(by_both[::2], by_both[1::2], strict=True))
evaluation.say(f"""
    On {differ} of the {len(MY_REVIEWS)} reviews teacher and student give different
    answers. The strongest word of each, in turn for teacher and student:
    {"; ".join(turns_on)}.
""")

# %% [markdown]
# All of them in an interpreter that has seen nothing of this notebook; `reload` raises an error if an answer there
# differs from the model's here. Printed are the probabilities of *positive* for the two reviews.

# %%
in_hand = trained | students
files = {paths.models_dir(dataset.name) / f"{n}.keras": m for n, m in in_hand.items()}
for path, there_says in evaluation.reload(files, MY_REVIEWS).items():
    size = path.stat().st_size / 1e6
    print(f"{path.name}, {size:.1f} MB:", there_says[:, 1].round(4).tolist())

# %% [markdown]
# ## Verdict

# %% alt="Accuracy of the models so far with their intervals, those of this notebook highlighted"
earlier = ["tfidf_lr", "nbsvm", "ffnn", "dan"]
earlier += [] if small else ["rnn", "lstm", "bilstm", "gru", "cnn", "dcnn"]
if not small:
    earlier += ["lstm_attention", "transformer", "transformer_modern", "lru", "min_gru"]
so_far = evaluation.named("imdb", [*earlier, *trained, *students]) | by_two
so_far |= {name: graded[name] for name in there if name not in so_far}
highlight = [so_far[name].metrics["title"] for name in (STEM, FROZEN, best_student)]
ax = plots.accuracy_dots(evaluation.table(so_far.values()), highlight=highlight)
ax.set_title("So far: accuracy on IMDB's test part, with 95 % intervals")
plt.show()

# %% [markdown]
# *Accuracy on the test reviews with its 95 % interval, of the published seed each; in dark the encoder, frozen and
# fine-tuned, and the student that was best on validation. Wide and deep, taught or not, is notebook 12's.*

# %%
top = max(earlier, key=lambda name: evaluation.mean_accuracy(so_far[name]))
ahead = versus(so_far[STEM], so_far[top])
cold = versus(so_far[FROZEN], so_far["tfidf_lr"])
student = so_far[best_student]
lesser = best_student.removesuffix("_distilled")
teacher_ahead = evaluation.standing(versus(so_far[STEM], student)) == "beats"
answer = "In part" if teacher_ahead else "Yes"
learned = "There is none taught by labels to compare it with."
if lesser in there:
    gained = versus(student, graded[lesser])
    room = evaluation.mean_accuracy(so_far[STEM])
    room = 100 * (room - evaluation.mean_accuracy(graded[lesser]))
    learned = f"It {evaluation.standing(gained)} the same architecture taught by labels: "
    learned += f"{in_points(gained)}; the encoder is {room:.1f} points above that "
    learned += "one's mean. (Its labels were smoothed, the student's targets were not.)"
    if evaluation.standing(gained) != "beats":
        answer = "Not more than from labels"
    elif beyond and evaluation.standing(adds) != "beats":
        answer = "From its teachers it learns, from this one nothing that shows"

# %%
frozen_mean, tuned_mean = (
    evaluation.mean_accuracy(so_far[name]) for name in (FROZEN, STEM)
)
place = sum(evaluation.mean_accuracy(run) > frozen_mean for run in so_far.values()) + 1
met = {STEM: tuned_mean, FROZEN: frozen_mean, "student": student_mean}
met = {name: (value, GOALS[name]) for name, value in met.items()}
by_goal = "; ".join(f"{value:.4f} of {goal:.3f}" for value, goal in met.values())
memory = ""
if beyond and evaluation.standing(adds) != "beats":
    memory = "It answered partly from memory, and was one teacher among "
    memory += f"{1 + len(clean)}; asked out of fold it might teach more."

# %%
evaluation.say(f"""
    **What does it know before it has read a single labelled review? Something, but how
    much depends on how it is asked.** Asked which of two sentences a review is nearer
    to, it is right on {without_labels.min():.0%} to {without_labels.max():.0%} of the
    validation reviews (always the more frequent class: {majority:.0%}). With all
    labels, a classifier on its frozen states is right on {frozen_mean:.1%} of the test
    reviews, and {evaluation.standing(cold)} TF-IDF with logistic regression
    ({in_points(cold)}): place {place} of the {len(so_far)} models in the figure.
    Fine-tuned, with {tuned_mean:.1%}, it **{evaluation.standing(ahead)}** the best of
    the notebooks before this one (*{so_far[top].metrics["title"]}*):
    {in_points(ahead)}. It costs {price}.

    **How many labels does it save?** {saved} {fewer}

    **Can a small network learn it? {answer}.** Taught by the encoder's answers alone,
    the n-gram net has a validation log loss of {alone.min():.4f} at best, taught by
    labels {losses["labels"]:.4f}. The student that is best on validation,
    *{student.metrics["title"]}*, has **{student_mean:.1%}** in
    {student.metrics["model"]["file_mb"]:.1f} MB. {learned} {beyond} {memory}

    **Our goals?** Reached are {sum(value >= goal for value, goal in met.values())} of
    {len(met)}: {by_goal} (fine-tuned, frozen, student).
""")

# %%
few = means.iloc[0].idxmax()
runner_up = means.iloc[0].drop(few)
runner_up = f"*{runner_up.idxmax()}* at {runner_up.max():.1%}"
spent = [
    json.loads(path.read_text(encoding="utf-8"))["training"]["seconds"]
    for path in (paths.models_dir(dataset.name) / "steps").glob("labels-*.json")
]
spent += [graded[name].metrics["training"]["seconds"] for name in students]
spent += [runs[name].metrics["training"]["seconds"] for name in trained]
cheap = own = f"*{student.metrics['title']}*"
if by_two and beyond and evaluation.standing(adds) != "beats":
    (plain_student,) = by_two.values()
    size = plain_student.metrics["model"]["file_mb"]
    cheap = (
        f"*{plain_student.metrics['title']}* (notebook 12), which no encoder has to "
    )
    cheap += f"teach, in {size:.1f} MB, or within {SMALL_FILE} MB {own}"
fastest = graded[min(students, key=timed.get)].metrics["title"]

# %%
evaluation.say(f"""
    **What would I use?** With {means.index[0]:,} labels *{few}*, which is at
    {means.iloc[0].max():.1%} there, or {runner_up}; with all of them, where accuracy counts
    most, *{so_far[STEM].metrics["title"]}*; where an answer must be cheap or a file
    small, {cheap}; the fastest student is *{fastest}*. The published networks and the
    curve by labels took {sum(spent) / 3600:.1f} hours of training together, most of
    them for the fine-tuned encoders; teachers, tried lessons and other seeds come on
    top.
""")

# %% [markdown]
# ## Exercises
#
# 1. Set `ENCODER = "distilbert-base-uncased"`, where its weights can be had, and run the notebook up to the heat map of
#    probes. DistilBERT was not trained for means; expect `[CLS]` to lose less to the mean than with MiniLM.
# 2. Teach `ffnn` with sentences instead of halves (`re.split(r"(?<=[.!?]) ", text)`), under another `stem`. Look first
#    at how sure the teacher is of single sentences. Expect more texts of less worth each, and little change.
#
# ## References
#
# - Devlin, Chang, Lee & Toutanova (2019), *BERT: pre-training of deep bidirectional transformers*.
# - Hinton, Vinyals & Dean (2015), *Distilling the knowledge in a neural network*.
# - Reimers & Gurevych (2019), *Sentence-BERT: sentence embeddings using Siamese BERT-networks*.
# - Sanh, Debut, Chaumond & Wolf (2019), *DistilBERT, a distilled version of BERT*.
# - Turc, Chang, Lee & Toutanova (2019), *Well-read students learn better*.
# - Wang et al. (2020), *MiniLM: deep self-attention distillation*.
