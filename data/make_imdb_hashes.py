"""Make `imdb_hashes.npz` from the archive and the counterfactual pairs (run once, result shipped).

    python data/make_imdb_hashes.py aclImdb_v1.tar.gz imdb_counterfactual

The hashes let Kaggle's CSV be mapped back to the official parts, and let the originals of the
counterfactual pairs be left out of training whether or not the pairs are at hand.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lib import sources, splits

archive, pairs = map(Path, sys.argv[1:])
rows = sources._parse_imdb_members(sources.tar_members(archive), archive)
keys = {
    part: np.array(sorted(splits.text_key(r.text) for r in rows if r.part == part), dtype="uint64")
    for part in ("train", "test")
}
texts = pd.concat(pd.read_csv(file, sep="\t") for file in sorted(pairs.glob("*_paired.tsv")))
paired = {splits.text_key(text) for text in texts["Text"]}
originals = sorted(paired & (set(keys["train"].tolist()) | set(keys["test"].tolist())))
np.savez_compressed(
    Path(__file__).parent / "imdb_hashes.npz",
    **keys,
    counterfactual=np.array(originals, dtype="uint64"),
)
print({part: len(k) for part, k in keys.items()}, "counterfactual originals:", len(originals))
