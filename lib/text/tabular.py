"""`TableVectorizer`: rows of a table, for a network that scales and encodes them itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from lib.text.vectorizer import Vectorizer


@dataclass(eq=False, kw_only=True)
class TableVectorizer(Vectorizer):
    """A row, a mapping from column to value, becomes a float32 array: numbers, then categories.

    A category is the index of its value. All else, scaling and one-hot encoding, is the network's,
    whose layers do it; so it can't be forgotten or done with other figures later.

    Args:
        numbers: columns of numbers.
        categories: columns of categories.
        values: of each category, what may stand there; `fit` sets it.
    """

    numbers: Iterable[str]
    categories: Iterable[str]
    values: Mapping[str, Iterable[str]] | None = None

    def __post_init__(self):
        self.numbers = list(self.numbers)
        self.categories = list(self.categories)
        self.values = {name: list(known) for name, known in (self.values or {}).items()}

    def fit(self, rows: Iterable[Mapping]) -> "TableVectorizer":
        """Take the values of each category from the rows, in alphabetical order."""
        rows = list(rows)
        self.values = {name: sorted({row[name] for row in rows}) for name in self.categories}
        return self

    @property
    def vocabulary(self) -> list[str]:
        """The columns of the encoded table."""
        encoded = [f"{name}={value}" for name in self.categories for value in self.values[name]]
        return self.numbers + encoded

    def transform(self, rows: Iterable[Mapping]) -> list[np.ndarray]:
        """Return each row as float32 `(columns,)`.

        Raises:
            TypeError: `rows` is a single row.
            ValueError: a row lacks a column, or a value is not a finite number or unknown.
        """
        if isinstance(rows, Mapping):
            raise TypeError("Give a list of rows, not one row: [row].")
        return [self._array(row, position) for position, row in enumerate(rows)]

    def _array(self, row: Mapping, position: int) -> np.ndarray:
        if missing := [n for n in (*self.numbers, *self.categories) if n not in row]:
            raise ValueError(f"Row {position} has no column {missing}.")
        for name in self.categories:
            if row[name] not in self.values[name]:
                raise ValueError(
                    f"Row {position}: {name}={row[name]!r} is not one of {self.values[name]}."
                )
        numbers = []
        for name in self.numbers:
            try:
                numbers.append(float(row[name]))
            except (TypeError, ValueError) as error:
                raise ValueError(f"Row {position}: {name}={row[name]!r} is no number.") from error
        indices = [self.values[name].index(row[name]) for name in self.categories]
        with np.errstate(over="ignore"):  # what is too large for float32 becomes infinite
            array = np.array([*numbers, *indices], dtype="float32")
        if not np.isfinite(array).all():
            raise ValueError(f"Row {position} holds a number that is missing or infinite.")
        return array

    def collate(self, rows: list[np.ndarray]) -> np.ndarray:
        """Stack rows: float32 `(batch, columns)`."""
        return np.stack(rows)

    def known(self, row: np.ndarray) -> bool:
        """Return True: `transform` refuses what it doesn't know."""
        return True
