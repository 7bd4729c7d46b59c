"""Writes the ONNX files beside it.

    python3 -m venv venv && venv/bin/pip install onnx numpy
    venv/bin/python make_models.py
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper

HERE = Path(__file__).parent
value = h.make_tensor_value_info


def save(name, nodes, inputs, outputs, initializers=()):
    graph = h.make_graph(nodes, name, inputs, outputs, list(initializers))
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, HERE / f"{name}.onnx")


def constant(name, numbers, kind=np.int64):
    return numpy_helper.from_array(np.array(numbers, kind), name)


def colours():
    """How red, green and blue a picture is: the mean of each channel."""
    save(
        "colours",
        [h.make_node("ReduceMean", ["image"], ["scores"], axes=[2, 3], keepdims=0)],
        [value("image", T.FLOAT, ["batch", 3, 32, 48])],
        [value("scores", T.FLOAT, ["batch", 3])],
    )


def slow():
    """Hands its input through, and multiplies large matrices on the way: tens of milliseconds on any core."""
    side, turns = 384, 16
    body = h.make_graph(
        [
            h.make_node("MatMul", ["before", "before"], ["square"]),
            h.make_node("Mul", ["square", "small"], ["after"]),
            h.make_node("Identity", ["more"], ["more_out"]),
        ],
        "turn",
        [value("turn", T.INT64, []), value("more", T.BOOL, []), value("before", T.FLOAT, [side, side])],
        [value("more_out", T.BOOL, []), value("after", T.FLOAT, [side, side])],
    )
    nodes = [
        h.make_node("ReduceSum", ["x"], ["sum"], keepdims=0),
        h.make_node("Mul", ["sum", "zero"], ["nothing"]),
        h.make_node("Expand", ["nothing", "square_shape"], ["start"]),
        h.make_node("Loop", ["turns", "yes", "start"], ["end"], body=body),
        h.make_node("ReduceSum", ["end"], ["end_sum"], keepdims=0),
        h.make_node("Add", ["x", "end_sum"], ["y"]),
    ]
    numbers = [
        constant("zero", 0, np.float32),
        constant("small", 0.001, np.float32),
        constant("square_shape", [side, side]),
        constant("turns", turns),
        constant("yes", True, np.bool_),
    ]
    save("slow", nodes, [value("x", T.FLOAT, ["batch", 4])], [value("y", T.FLOAT, ["batch", 4])], numbers)


colours()
slow()
