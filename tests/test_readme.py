import re

import pandas as pd
import pytest

from lib import models, paths, results

BLOCKS = re.findall(r"```python\n(.*?)```", paths.README.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def reader(workspace, tmp_path, monkeypatch, dataset):
    """A folder with the shipped models and a CSV file of one's own, in the demo profile."""
    (tmp_path / "models" / "imdb").mkdir(parents=True, exist_ok=True)
    shipped = paths.README.parent / "models" / "imdb" / "bilstm.keras"
    (tmp_path / "models" / "imdb" / shipped.name).symlink_to(shipped)
    texts, labels = dataset.train.texts[:400], dataset.train.labels[:400]
    pd.DataFrame({"review": texts, "stars": labels}).to_csv(tmp_path / "reviews.csv", index=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(models, "ARCHITECTURES", dict(models.ARCHITECTURES))
    return tmp_path


def test_there_are_examples():
    assert len(BLOCKS) == 3


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.splitlines()[-1][:30])
def test_examples_run_as_pasted(block, reader):
    exec(compile(block, "README.md", "exec"), {})
    if "publish" in block:
        (made,) = [r for r in results.load_all()[0] if r.metrics["name"] == "fasttext"]
        assert made.model_file.exists()
        assert len(block.splitlines()) < 40
