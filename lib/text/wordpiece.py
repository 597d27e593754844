"""`WordPieceVectorizer`: the sub-word ids that a pretrained encoder reads."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lib.text.cleaning import check_choice, check_texts, untagged
from lib.text.sequence import PADDING, TRUNCATIONS, pad, truncate
from lib.text.vectorizer import Vectorizer

FIRST, LAST, UNKNOWN = "[CLS]", "[SEP]", "[UNK]"


@dataclass(eq=False, kw_only=True)
class WordPieceVectorizer(Vectorizer):
    """Sub-word ids (Wu et al. 2016) between `[CLS]` and `[SEP]`, as BERT was trained to read them.

    The vocabulary comes with the encoder, so there is nothing to fit. HTML tags and entities are
    taken out of the texts first. A row is an int32 array of shape `(time,)`, `time` >= 2; id 0 pads
    a batch behind its texts.

    With a `window` a longer text is cut into as few windows as will do, of like length, each
    between special ids of its own; its row is the windows one behind the other, each padded to its
    full size.

    Args:
        tokenizer: a fast tokenizer as JSON, what `tokenizers.Tokenizer.to_str` writes.
        max_length: most ids of a text, the two special ones included.
        truncation: what is kept of a longer text: its `head`, its `tail`, or `head+tail`, half
            each.
        window: ids of a window, a divisor of `max_length`; None is one window.

    Raises:
        ValueError: the JSON is no tokenizer, or one without BERT's special tokens; a window that
            is no divisor.
    """

    tokenizer: str
    max_length: int = 256
    truncation: str = "head+tail"
    window: int | None = None

    def __post_init__(self):
        from tokenizers import Tokenizer  # here: only models with a pretrained encoder need it

        check_choice("truncation", self.truncation, TRUNCATIONS)
        try:
            self._tokenizer = Tokenizer.from_str(self.tokenizer)
        except Exception as error:  # tokenizers raises a bare Exception
            raise ValueError(f"This is no tokenizer: {error}.") from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        special = [self._tokenizer.token_to_id(token) for token in (FIRST, LAST, UNKNOWN)]
        if None in special or self._tokenizer.token_to_id("[PAD]") != PADDING:
            raise ValueError("This tokenizer lacks BERT's special tokens, or [PAD] is not id 0.")
        self.first, self.last, self.unknown = special
        self.size = self.max_length if self.window is None else self.window
        if self.size < 3 or self.max_length % self.size:
            raise ValueError(f"max_length={self.max_length} is no multiple of window={self.size}.")

    @property
    def vocabulary(self) -> list[str]:
        """The word pieces by id."""
        pieces = self._tokenizer.get_vocab()
        return sorted(pieces, key=pieces.get)

    def read(self, texts: Iterable[str]) -> list[list[str]]:
        """Return the pieces that stand for a row's ids, special ones included."""
        return [[self._tokenizer.id_to_token(i) for i in row] for row in self.transform(texts)]

    def transform(self, texts: Iterable[str]) -> list[np.ndarray]:
        """Return ids int32 `(pieces,)`, truncated; an empty text is its two special ones."""
        bare = [untagged(text) for text in check_texts(texts)]
        encoded = self._tokenizer.encode_batch_fast(bare, add_special_tokens=False)
        rows = []
        inside = self.size - 2  # pieces of a window
        for encoding in encoded:
            inner = truncate(encoding.ids, self.max_length // self.size * inside, self.truncation)
            parts = np.array_split(np.array(inner, "int32"), max(1, -(-len(inner) // inside)))
            windows = [np.array([self.first, *part, self.last], dtype="int32") for part in parts]
            rows.append(pad(windows, self.size).ravel() if len(windows) > 1 else windows[0])
        return rows

    def collate(self, rows: list[np.ndarray]) -> np.ndarray:
        """Pad rows with id 0 to the longest: int32 `(batch, time)`.

        With windows, `time` is a multiple of their size, or less than one.
        """
        return pad(rows, max(map(len, rows)))

    def known(self, row: np.ndarray) -> bool:
        """Whether a row holds a piece of the vocabulary that is not special."""
        return bool((~np.isin(row, (PADDING, self.first, self.last, self.unknown))).any())
