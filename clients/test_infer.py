import unittest

import numpy as np
import tritonclient.http as http_client
from tritonclient.utils import np_to_triton_dtype

from wires import HTTP, WireCase, on_each_wire, zeros

TENSORS = {
    "bool": np.array([True, False]),
    "int8": np.array([-128, 127], np.int8),
    "int16": np.array([-32768, 32767], np.int16),
    "int32": np.array([-(2**31), 2**31 - 1], np.int32),
    "int64": np.array([-(2**63), 2**63 - 1], np.int64),
    "uint8": np.array([0, 255], np.uint8),
    "uint16": np.array([0, 65535], np.uint16),
    "uint32": np.array([0, 2**32 - 1], np.uint32),
    "uint64": np.array([0, 2**64 - 1], np.uint64),
    "fp16": np.array([-0.5, 65504], np.float16),
    "fp32": np.array([0.1, -3e38], np.float32),
    "fp64": np.array([0.1, 1e308], np.float64),
    "bytes": np.array(["naïve café".encode(), b""], np.object_),
}


def as_sent(array):
    """What comes as JSON, tritonclient leaves as text."""
    if array.dtype != np.object_:
        return array
    return np.array([text.encode() if isinstance(text, str) else text for text in array], np.object_)


@on_each_wire
class Infer(WireCase):
    def datatypes(self):
        return [self.input(name, array) for name, array in TENSORS.items()]

    def check(self, result):
        for name, array in TENSORS.items():
            np.testing.assert_array_equal(result.as_numpy(f"{name}_out"), array, name)

    def test_every_datatype(self):
        for _ in range(4):
            self.check(self.infer("datatypes", self.datatypes()))

    def test_chosen_outputs_in_their_order(self):
        outputs = [self.wire.output("fp64_out"), self.wire.output("int8_out")]
        result = self.infer("datatypes", self.datatypes(), outputs=outputs)
        np.testing.assert_array_equal(result.as_numpy("fp64_out"), TENSORS["fp64"])
        self.assertIsNone(result.as_numpy("bool_out"))

    def test_words(self):
        words = np.array([[b"valve", b"left"], [b"gate", b"right"]], np.object_)
        result = self.infer("words", [self.input("words", words)])
        self.assertEqual(result.as_numpy("label").tolist(), [b"shut", b"open"])

    def test_dynamic_shapes(self):
        a, b = np.ones((2, 3), np.float32), zeros(2, 1)
        result = self.infer("dynamic", [self.input("a", a), self.input("b", b)])
        np.testing.assert_array_equal(result.as_numpy("joined"), np.concatenate([a, b], axis=1))
        self.assertEqual(result.as_numpy("where").shape, (2, 6))

    def test_large_tensors_go_to_an_instance_and_come_back_whole(self):
        x = np.random.default_rng(0).standard_normal((20_000, 16)).astype(np.float32)
        whole = self.infer("mlp", [self.input("x", x)]).as_numpy("y")
        self.assertEqual(whole.shape, (20_000, 3))
        few = self.infer("mlp", [self.input("x", x[:10])]).as_numpy("y")
        np.testing.assert_allclose(whole[:10], few, rtol=1e-5, atol=1e-6)

    def test_version_and_id(self):
        result = self.infer("mlp", [self.input("x", zeros(1, 16))], model_version="1", request_id="seven")
        self.assertEqual(self.wire.response_id(result), "seven")

    def test_nothing_in_nothing_out(self):
        result = self.infer("mlp", [self.input("x", zeros(0, 16))])
        self.assertEqual(result.as_numpy("y").shape, (0, 3))


class HttpTensors(WireCase, unittest.TestCase):
    """What only HTTP has: tensors as JSON, as bytes, and mixed."""

    wire = HTTP

    def tensor(self, name, binary):
        array = TENSORS[name]
        made = http_client.InferInput(name, [2], np_to_triton_dtype(array.dtype))
        # JSON has no half precision in tritonclient.
        return made.set_data_from_numpy(array, binary_data=binary or name == "fp16")

    def test_binary_and_json_in_and_out(self):
        for binary_in in (True, False):
            for binary_out in (True, False):
                with self.subTest(binary_in=binary_in, binary_out=binary_out):
                    self.check(binary_in, binary_out)

    def check(self, binary_in, binary_out):
        inputs = [self.tensor(name, binary_in) for name in TENSORS]
        names = [name for name in TENSORS if binary_out or name != "fp16"]
        outputs = [http_client.InferRequestedOutput(f"{name}_out", binary_data=binary_out) for name in names]
        result = self.infer("datatypes", inputs, outputs=outputs)
        for name in names:
            np.testing.assert_array_equal(as_sent(result.as_numpy(f"{name}_out")), TENSORS[name], name)
            parameters = result.get_output(f"{name}_out").get("parameters", {})
            self.assertEqual("binary_data_size" in parameters, binary_out)

    def test_mixed(self):
        inputs = [self.tensor(name, index % 2 == 0) for index, name in enumerate(TENSORS)]
        outputs = [
            http_client.InferRequestedOutput(f"{name}_out", binary_data=index % 3 == 0 or name == "fp16")
            for index, name in enumerate(TENSORS)
        ]
        result = self.infer("datatypes", inputs, outputs=outputs)
        for name, array in TENSORS.items():
            np.testing.assert_array_equal(as_sent(result.as_numpy(f"{name}_out")), array, name)

    def test_compression(self):
        x = self.input("x", zeros(500, 16))
        for request in (None, "gzip", "deflate"):
            for response in (None, "gzip", "deflate"):
                with self.subTest(request=request, response=response):
                    result = self.infer(
                        "mlp",
                        [x],
                        request_compression_algorithm=request,
                        response_compression_algorithm=response,
                    )
                    self.assertEqual(result.as_numpy("y").shape, (500, 3))

    def test_headers_and_query(self):
        result = self.infer(
            "mlp", [self.input("x", zeros(1, 16))], headers={"x-mine": "1"}, query_params={"mine": "1"}
        )
        self.assertEqual(result.as_numpy("y").shape, (1, 3))

    def test_many_at_once_on_kept_connections(self):
        with HTTP.open(concurrency=4) as client:
            asked = [client.async_infer("mlp", [self.input("x", zeros(n, 16))]) for n in range(1, 33)]
            rows = [one.get_result().as_numpy("y").shape[0] for one in asked]
        self.assertEqual(rows, list(range(1, 33)))


if __name__ == "__main__":
    unittest.main()
