"""The server under load, and a million rows, each against the plain way. Prints; never fails.

    make bench

Needs `requirements-serve.txt`, and for a cluster `requirements-scale.txt`.
"""

import argparse
import concurrent.futures
import csv
import functools
import http.client
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from lib import data, models, paths
from lib.serve import Runtime, exported, stream

NAME, SMALL = "imdb/lstm_attention", "imdb/ffnn"
CLIENTS = 64
PLAIN = """
import threading, uvicorn
from fastapi import FastAPI, Request
from lib import models
model, lock, app = models.load({file!r}), threading.Lock(), FastAPI()
@app.post("/predict")
def predict(body: dict):
    with lock:  # one request at a time
        return {{"positive": float(model.predict_proba([body["texts"]])[0, 1])}}
@app.get("/ready")
def ready():
    return {{}}
uvicorn.run(app, port={port}, log_level="error")
"""


def reviews() -> list[str]:
    try:
        return data.load("imdb").test.texts[:5000]
    except data.DataError as error:
        print(f"{error}\nGoing on with synthetic texts; the figures say little about reviews.")
        os.environ["PROFILE"] = "demo"
        texts = data.load("imdb").test.texts
        os.environ["PROFILE"] = "full"
        return texts


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def load(port: int, texts: list[str], seconds: float) -> np.ndarray:
    """Seconds that each request of 64 clients took, who ask one after the other."""
    until = time.perf_counter() + seconds

    def client(number: int) -> list[float]:
        connection, took, i = http.client.HTTPConnection("127.0.0.1", port), [], number
        while time.perf_counter() < until:
            i = (i + CLIENTS) % len(texts)
            start = time.perf_counter()
            body = json.dumps({"texts": texts[i]})
            connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
            connection.getresponse().read()
            took.append(time.perf_counter() - start)
        return took

    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        return np.concatenate(list(pool.map(client, range(CLIENTS))))


def under_load(command: list[str], port: int, texts: list[str], seconds: float) -> float:
    """Start a server, ask it, stop it; return requests a second."""
    process = subprocess.Popen(command, env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"})
    try:
        while True:
            try:
                http.client.HTTPConnection("127.0.0.1", port).request("GET", "/ready")
                break
            except ConnectionError:
                time.sleep(0.2)
        load(port, texts, 2)  # warm
        took = load(port, texts, seconds)
    finally:
        process.terminate()
        process.wait()
    p50, p99 = 1000 * np.quantile(took, [0.5, 0.99])
    rate = len(took) / seconds
    print(f"{rate:,.0f} requests a second, p50 {p50:.0f} ms, p99 {p99:.0f} ms")
    return rate


def server(texts: list[str], seconds: float) -> None:
    print(f"{CLIENTS} clients for {seconds:g} s, {NAME}, every text another:")
    exported.export_missing([NAME, SMALL], paths.exported_dir())
    port, file = free_port(), str(paths.models_root() / f"{NAME}.keras")
    print("  Keras, a request at a time: ", end="", flush=True)
    plain = under_load(
        [sys.executable, "-c", PLAIN.format(file=file, port=port)], port, texts, seconds
    )
    port = free_port()
    command = [sys.executable, "-m", "lib.serve", "--models", NAME, SMALL, "--default", NAME]
    print("  lib.serve:                  ", end="", flush=True)
    ours = under_load([*command, "--port", str(port)], port, texts, seconds)
    print(f"  ratio {ours / plain:.1f}")


def rows(texts: list[str], count: int) -> None:
    """A file of many rows, with the small model: stream, processes, cluster, Keras."""
    print(f"{count:,} rows of reviews, {SMALL}, rows a second:")
    folder = exported.find(SMALL)
    with tempfile.TemporaryDirectory() as made:
        source = Path(made) / "in.csv"
        with source.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["id", "text"])
            writer.writerows((i, texts[i % len(texts)]) for i in range(count))
        print(f"  ({source.stat().st_size / 1e9:.1f} GB)")
        model = models.load(paths.models_root() / f"{SMALL}.keras")
        start = time.perf_counter()
        model.predict_proba(texts[:2000])
        keras = 2000 / (time.perf_counter() - start)
        print(f"  Keras model, in memory:  {keras:,.0f}")
        open_it = functools.partial(opened, str(folder))
        for jobs in (1, 2):
            start, output = time.perf_counter(), Path(made) / f"out{jobs}.csv"
            stream.predict(open_it, [SMALL], source, output, jobs=jobs)
            rate = count / (time.perf_counter() - start)
            print(f"  stream, {jobs} process(es):   {rate:,.0f}, ratio {rate / keras:.1f}")
            output.unlink()
        try:
            import ray  # noqa: F401

            from lib.serve import cluster
        except ImportError:
            print("  Ray is not installed")
            return
        start = time.perf_counter()
        cluster.predict(folder, source, Path(made) / "out", name=SMALL)
        rate = count / (time.perf_counter() - start)
        print(
            f"  Ray, two actors:         {rate:,.0f}, ratio {rate / keras:.1f}, its start included"
        )
        shutil.rmtree(Path(made) / "out")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"  most memory of this process, Keras included: {peak:.1f} GB")


def opened(folder: str) -> dict:
    return {SMALL: Runtime(folder)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    texts = reviews()
    server(texts, options.seconds)
    rows(texts, options.rows)


if __name__ == "__main__":
    main()
