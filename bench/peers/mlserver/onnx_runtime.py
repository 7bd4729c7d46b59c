"""A runtime class for MLServer, which has none for ONNX on PyPI: one session with one intra-op thread."""

import onnxruntime
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse
from mlserver.utils import get_model_uri


class OnnxModel(MLModel):
    async def load(self) -> bool:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        file = await get_model_uri(self._settings)
        self._session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        self._names = [output.name for output in self._session.get_outputs()]
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        feeds = {one.name: NumpyCodec.decode_input(one) for one in payload.inputs}
        values = self._session.run(self._names, feeds)
        outputs = [NumpyCodec.encode_output(name, value) for name, value in zip(self._names, values)]
        return InferenceResponse(model_name=self.name, model_version=self.version, outputs=outputs)
