"""Train published recipes again from other seeds; says how far accuracies spread.

    python tools/repeat.py                # every trained network on IMDB, seeds 1 and 2
    python tools/repeat.py gru cnn --seeds 1 2 3

Slow. An interrupted run goes on where it stopped. Results are in models/imdb/seeds.csv.
"""

import argparse
import sys

from lib import data, evaluation, training


def main() -> int:
    parser = argparse.ArgumentParser(description="Repeat published runs from other seeds.")
    parser.add_argument("names", nargs="*", help="stems; default: all trained networks")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2])
    asked = parser.parse_args()
    runs, _ = evaluation.load_all()
    networks = {
        run.metrics["name"]: run
        for run in runs
        if run.metrics["dataset"] == "imdb" and "history" in run.metrics["training"]
    }
    if unknown := set(asked.names) - networks.keys():
        print(f"No trained network {sorted(unknown)}; there are {sorted(networks)}.")
        return 2
    dataset = data.load("imdb")
    for name in asked.names or networks:
        try:
            training.repeat(dataset, name, seeds=tuple(asked.seeds))
        except ValueError as error:
            print(f"{name} left out: {error}.")
    print(training.spread(networks.values()).round(4).to_string(index=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
