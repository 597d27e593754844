"""What every vectorizer has: its options, with what it learned, go through JSON into a file."""

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np


@dataclass(eq=False)
class Vectorizer:
    """Turns texts, or a table's rows, into what a network reads, and travels in its file.

    Each has `transform(texts)`, which gives one row per text, `collate(rows)`, which makes one
    batch of rows, `known(row)`, and `fit(texts)`, if there is something to learn from them. Its
    fields are all that it needs to be rebuilt.
    """

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` needs, as JSON types."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Rebuild from `get_config`."""
        return cls(**config)


def row_length(row: np.ndarray | tuple) -> int:
    """Return how many entries a row takes in a batch; of several parts, the longest one's."""
    return max(map(len, row)) if isinstance(row, tuple) else len(row)
