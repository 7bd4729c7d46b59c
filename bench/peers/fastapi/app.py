"""What people write by hand: FastAPI, NumPy and ONNX Runtime with one intra-op thread."""

import os

import numpy
import onnxruntime
from fastapi import FastAPI, Request

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(os.environ["MODEL"], options, providers=["CPUExecutionProvider"])
names = [output.name for output in session.get_outputs()]
app = FastAPI()


@app.get("/v2/health/ready")
async def ready():
    return {"ready": True}


@app.post("/v2/models/{model}/infer")
async def infer(model: str, request: Request):
    body = await request.json()
    feeds = {
        one["name"]: numpy.asarray(one["data"], dtype=numpy.float32).reshape(one["shape"])
        for one in body["inputs"]
    }
    outputs = [
        {"name": name, "datatype": "FP32", "shape": list(value.shape), "data": value.ravel().tolist()}
        for name, value in zip(names, session.run(names, feeds))
    ]
    return {"model_name": model, "outputs": outputs}
