"""Makes the outputs of an executed notebook fit to be stored."""

import base64
import io
import re

from PIL import Image


def tidy(notebook) -> None:
    """Leave in text what a terminal would show at the end, as bars redraw a line; shrink images."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type != "code":
            continue
        merged = []
        for output in cell.outputs:
            same = merged and output.output_type == "stream" == merged[-1].output_type
            if same and output.name == merged[-1].name:
                merged[-1].text += output.text
            else:
                merged.append(output)
        for output in merged:
            if output.output_type == "stream":
                output.text = "".join(map(_settle, re.split(r"(?<=\n)", output.text)))
        cell.outputs = [o for o in merged if o.output_type != "stream" or o.text.strip()]
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = _in_256_colours(output.data["image/png"])
                output.metadata["image/png"] = {"alt": cell.metadata.get("alt", "A figure.")}


def _in_256_colours(png: str) -> str:
    """Return a base64 PNG with a palette: plots look the same and take a third of the space."""
    image = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    smaller = io.BytesIO()
    image.quantize(256, dither=Image.Dither.NONE).save(smaller, "PNG", optimize=True)
    return base64.b64encode(smaller.getvalue()).decode()


def _settle(line: str) -> str:
    line = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", line)
    end = "\n" if line.endswith("\n") else ""
    line = re.sub(r"\x08+", "\r", line.rstrip("\r\n"))
    shown = line.split("\r")[-1]
    return shown + end if shown.strip() or not line.strip() else ""
