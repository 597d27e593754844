"""Make `imdb_hashes.npz` from the archive and the counterfactual pairs (run once, result shipped).

    python data/make_imdb_hashes.py aclImdb_v1.tar.gz imdb_counterfactual

The hashes let Kaggle's CSV be mapped back to the official parts, let the originals of the
counterfactual pairs be left out of training whether or not the pairs are at hand, and say which
training reviews validate: the last tenth of each class by the archive's numbers, in which reviews
of one film stand side by side. So validation shares hardly a film with what is trained on.
`tenths` says in which tenth of its class each of `train` stands, for cross-validation alike.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lib.data import files, imdb
from lib.data.dataset import text_key

IN_A_TENTH = 1_250  # of the numbers 0 to 12,499 in each class

archive, pairs = map(Path, sys.argv[1:])
members = list(files.tar_members(archive))
rows = imdb._parse_members(iter(members), archive)
keys = {
    part: np.array(sorted(text_key(r.text) for r in rows if r.part == part), dtype="uint64")
    for part in ("train", "test")
}
tenth: dict[int, int] = {}  # of a copy the last one's
for name, content in members:
    if name.split("/")[1:-1] in (["train", "pos"], ["train", "neg"]):
        key, number = text_key(content.decode("utf-8")), int(Path(name).stem.split("_")[0])
        tenth[key] = max(tenth.get(key, 0), number // IN_A_TENTH)
texts = pd.concat(pd.read_csv(file, sep="\t") for file in sorted(pairs.glob("*_paired.tsv")))
paired = {text_key(text) for text in texts["Text"]}
validation = sorted(key for key, number in tenth.items() if number == 9)
originals = sorted(paired & (set(keys["train"].tolist()) | set(keys["test"].tolist())))
np.savez_compressed(
    Path(__file__).parent / "imdb_hashes.npz",
    **keys,
    tenths=np.array([tenth[key] for key in keys["train"].tolist()], dtype="uint8"),
    validation=np.array(validation, dtype="uint64"),
    counterfactual=np.array(originals, dtype="uint64"),
)
print({part: len(k) for part, k in keys.items()}, len(validation), len(originals))
