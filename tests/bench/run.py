"""Speed, as ratios of two things measured in one run on one machine. Prints; never fails.

    make bench

Needs the real data for representative lengths; without it, the synthetic reviews.
"""

import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import lib  # noqa: F401, first: it keeps TensorFlow quiet while it starts

# isort: split
import keras
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from lib import batches, classifier, data, models, paths, text, vectorizers


def seconds(function, *, repeats: int = 3) -> float:
    """Return the shortest of some runs: what the code takes when nothing disturbs it."""
    taken = []
    for _ in range(repeats):
        started = time.perf_counter()
        function()
        taken.append(time.perf_counter() - started)
    return min(taken)


def say(what: str, ours: float, theirs: float, other: str) -> None:
    print(f"{what}: {ours:,.0f} per second, {other} {theirs:,.0f}: ratio {ours / theirs:.2f}")


def bench_classic(texts: list[str]) -> None:
    """The optimised cleaning recipe against its plain reference, from the tests."""
    from test_text import classic_step_by_step

    plain = seconds(lambda: [classic_step_by_step(t) for t in texts], repeats=1)
    text._stems.cache_clear()
    ours = seconds(lambda: text.clean(texts, "classic"), repeats=1)
    say(f"classic cleaning of {len(texts):,} texts", len(texts) / ours, len(texts) / plain, "plain")


def bench_training(dataset: data.Dataset) -> None:
    """LSTM training in buckets of like length against padding to the cap, batch 32, defaults."""
    vectorizer = vectorizers.SequenceVectorizer(max_length=400).fit(dataset.train.texts[:5000])
    rows = vectorizer.transform(dataset.train.texts[:3072])
    labels = dataset.train.labels[:3072]
    options = {"vocabulary_size": 20_000, "embedding_dim": 100, "units": 64}

    def compiled(optimizer) -> keras.Model:
        network = models.build("lstm", **options)
        network.compile(optimizer, keras.losses.CategoricalCrossentropy(from_logits=True))
        return network

    bucketed = batches.BucketedBatches(rows, labels, vectorizer, classes=2, batch_size=128)
    ours = compiled(keras.optimizers.AdamW(clipnorm=1.0, use_ema=True))
    padded = keras.utils.pad_sequences(rows, 400, padding="post")
    plain = compiled("adam")
    targets = np.eye(2, dtype="float32")[labels]
    for network, ids in ((ours, padded[:256]), (plain, padded[:64])):
        network.fit(ids, targets[: len(ids)], verbose=0)  # traces the graph
    fast = seconds(lambda: ours.fit(bucketed, verbose=0), repeats=2)
    slow = seconds(lambda: plain.fit(padded, targets, batch_size=32, verbose=0), repeats=2)
    say("LSTM training, texts", len(rows) / fast, len(rows) / slow, "padded, batch 32")
    peak, share = matrix_share(vectorizer, rows, len(rows) / fast)
    print(f"  matrix products at {share / 1e9:.0f} of {peak / 1e9:.0f} GFLOP/s: {share / peak:.0%}")


def matrix_share(vectorizer, rows, texts_per_second: float) -> tuple[float, float]:
    """Return the machine's float32 matrix peak and what LSTM training uses of it, in FLOP/s."""
    import tensorflow as tf

    a = tf.random.normal((2048, 2048))
    peak = 2 * 2048**3 / seconds(lambda: tf.linalg.matmul(a, a).numpy(), repeats=8)
    steps = np.mean([len(row) for row in rows])
    per_step = 2 * (100 + 64) * 4 * 64  # multiply-adds of input and recurrent kernels, forward
    return peak, texts_per_second * steps * per_step * 3  # the way back costs twice the way there


def bench_prediction(dataset: data.Dataset) -> None:
    """The saved LSTM from raw text against scikit-learn's TF-IDF + logistic regression."""
    path = ROOT / "models" / "imdb" / "lstm.keras"
    if not path.exists():
        print("LSTM prediction: no models/imdb/lstm.keras yet")
        return
    network = classifier.load(path)
    pipeline = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2), LogisticRegression(max_iter=1000)
    ).fit(dataset.train.texts[:8000], dataset.train.labels[:8000])
    texts = dataset.test.texts[:5000]
    network.predict_proba(texts[:512])
    ours = seconds(lambda: network.predict_proba(texts))
    theirs = seconds(lambda: pipeline.predict_proba(texts))
    say("LSTM prediction, raw texts", len(texts) / ours, len(texts) / theirs, "scikit-learn")
    vectorizing = seconds(lambda: network.vectorizer.transform(texts))
    print(
        f"  {vectorizing / ours:.0%} of it is cleaning and looking up words, the rest the network"
    )


def main() -> None:
    try:
        dataset = data.load("imdb")
    except data.DataError as error:
        print(f"{error}\nGoing on with synthetic texts; the ratios say little about reviews.")
        import os

        os.environ["PROFILE"] = "demo"
        dataset = data.load("imdb")
    print(f"{paths.profile()} profile, {len(dataset.train):,} training texts")
    bench_classic(dataset.train.texts[:2000])
    bench_training(dataset)
    bench_prediction(dataset)


if __name__ == "__main__":
    main()
