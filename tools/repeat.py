"""Train published recipes again from other seeds; says how far accuracies spread.

    python tools/repeat.py                # every trained network on IMDB, seeds 1 and 2
    python tools/repeat.py gru cnn --seeds 1 2 3

Slow. An interrupted run goes on where it stopped. Results are in models/imdb/seeds.csv.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lib import data, repeats, results


def main() -> int:
    parser = argparse.ArgumentParser(description="Repeat published runs from other seeds.")
    parser.add_argument("names", nargs="*", help="stems; default: all trained networks")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2])
    asked = parser.parse_args()
    dataset = data.load("imdb")
    found, _ = results.load_all()
    trained = [
        r.metrics["name"]
        for r in found
        if r.metrics["dataset"] == "imdb" and "history" in r.metrics["training"]
    ]
    if unknown := set(asked.names) - set(trained):
        print(f"No trained network {sorted(unknown)}; there are {trained}.")
        return 2
    for name in asked.names or trained:
        repeats.repeat(dataset, name, seeds=tuple(asked.seeds))
    print(repeats.spread(found).round(4).to_string(index=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
