"""Sentences of a notebook whose figures, and whose winners, are computed."""

import inspect
from collections.abc import Mapping

import pandas as pd

NUMBERS = "six seven eight nine ten eleven twelve".split()  # from six on names would fill a line


def say(text: str) -> None:
    """Show Markdown in a notebook; indentation that all lines share is taken off."""
    from IPython.display import Markdown, display

    display(Markdown(inspect.cleandoc(text)))


def best_of(values: pd.Series, *, largest: bool = True) -> str:
    """Name who has the largest (or smallest) value, all that tie: "a", "a, b and c".

    From six on only their number is said: "ten models". Names are the index of the values; where
    one holds a comma, semicolons part them: "a; and b, c".
    """
    *others, last = values.index[values == (values.max() if largest else values.min())]
    if (more := len(others) - 5) >= 0:
        return f"{NUMBERS[more] if more < len(NUMBERS) else len(others) + 1} models"
    comma = "; " if any("," in name for name in (*others, last)) else ", "
    return f"{comma.join(others)}{comma.rstrip(', ')} and {last}" if others else last


def listed(values: Mapping | pd.Series, form: str = "{}") -> str:
    """Return names, in italics, and their formatted values: "*a* 0.5; *b, too* 1.0", or "none"."""
    return "; ".join(f"*{name}* {form.format(value)}" for name, value in values.items()) or "none"


def standing(
    gap: Mapping, better: str = "beats", level: str = "is level with", worse: str = "stays below"
) -> str:
    """Say how one recipe stands to another, given what `contrast` or `versus` found."""
    if gap["verdict"] != "more than chance":
        return level
    return better if gap["points"] > 0 else worse
