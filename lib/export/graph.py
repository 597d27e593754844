"""`Graph`: writes an ONNX graph, an operator at a time."""

import functools

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from lib.models.storage import NARROW, quantize

OPSET, IR_VERSION = 20, 10  # 20 is the first with GELU; onnxruntime reads both since 1.17
TYPES = {"float32": TensorProto.FLOAT, "int32": TensorProto.INT32}
CASTS = TYPES | {"bool": TensorProto.BOOL, "int64": TensorProto.INT64}


class Graph:
    """An ONNX graph under construction.

    Each operator of ONNX (<https://onnx.ai/onnx/operators>) is a method: `graph.MatMul(x, kernel)`
    adds a node and returns the name of its output. Inputs are such names, or arrays, which become
    constants; a keyword is an attribute, `outputs` the number of outputs where there are several.

    Args:
        small: whether tables are kept in 8 bits, as the `.keras` file has them, a row a scale.
    """

    def __init__(self, *, small: bool = False):
        self.small = small
        self.nodes, self.constants = [], []
        self.named = {}  # constants by what they hold

    def __getattr__(self, operator: str):
        if not operator[0].isupper():
            raise AttributeError(operator)
        return functools.partial(self._add, operator)

    def _add(self, operator: str, *inputs, outputs: int = 1, **attributes):
        names = [f"{operator}_{len(self.nodes)}_{i}" for i in range(outputs)]
        inputs = [x if isinstance(x, str) else self.constant(x) for x in inputs]
        self.nodes.append(helper.make_node(operator, inputs, names, name=names[0], **attributes))
        return names[0] if outputs == 1 else names

    def constant(self, value) -> str:
        """Return the name of a constant; equal ones are kept once. Lists are int64."""
        array = np.asarray(value, "int64" if isinstance(value, list | int) else None)
        key = array.dtype.str, array.shape, array.tobytes()
        if key not in self.named:
            self.named[key] = name = f"constant_{len(self.constants)}"
            self.constants.append(numpy_helper.from_array(array, name))
        return self.named[key]

    def cast(self, x: str, dtype: str) -> str:
        """Return `x` as another type."""
        return self.Cast(x, to=CASTS[dtype])

    def rows(self, table: np.ndarray, ids: str) -> tuple[str, str | None]:
        """Return the rows of a table that the ids name, and the scale of each.

        With `small` they are 8-bit values as float32, still to be multiplied by their scales, or,
        of a narrow table, 16-bit ones. Where there is nothing to multiply by, the scale is None.
        """
        if not self.small:
            return self.Gather(table, ids), None
        if table.shape[1] < NARROW:
            return self.cast(self.Gather(table.astype("float16"), ids), "float32"), None
        values, scale = quantize(table)
        return self.cast(self.Gather(values, ids), "float32"), self.Gather(scale, ids)

    def model(self, inputs: dict[str, tuple[str, list]], output: str) -> onnx.ModelProto:
        """Return the model, checked.

        Args:
            inputs: type and shape by name; a dimension that is a string may be of any size.
            output: name of the logits `(batch, classes)`.
        """
        self.nodes.append(helper.make_node("Identity", [output], ["logits"]))
        given = [
            helper.make_tensor_value_info(name, TYPES[dtype], shape)
            for name, (dtype, shape) in inputs.items()
        ]
        logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", "classes"])
        graph = helper.make_graph(self.nodes, "network", given, [logits], self.constants)
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
        )
        onnx.checker.check_model(model)
        return model
