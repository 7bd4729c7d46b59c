import unittest

from wires import GRPC, HTTP, WireCase, on_each_wire

EXTENSIONS = {
    "binary_tensor_data",
    "classification",
    "model_configuration",
    "model_repository",
    "schedule_policy",
    "statistics",
}


@on_each_wire
class Health(WireCase):
    def test_server(self):
        self.on_each_thread(lambda client: self.assertTrue(client.is_server_live()))
        self.on_each_thread(lambda client: self.assertTrue(client.is_server_ready()))

    def test_models(self):
        self.assertTrue(self.on_each_thread(lambda client: client.is_model_ready("digits")))
        self.assertTrue(self.on_each_thread(lambda client: client.is_model_ready("digits", "1")))
        self.assertFalse(self.on_each_thread(lambda client: client.is_model_ready("digits", "7")))
        self.assertFalse(self.on_each_thread(lambda client: client.is_model_ready("nobody")))


@on_each_wire
class Metadata(WireCase):
    def test_server(self):
        server = self.on_each_thread(lambda client: self.wire.dict(client.get_server_metadata()))
        self.assertEqual(server["name"], "skerry")
        self.assertLessEqual(EXTENSIONS, set(server["extensions"]))

    def test_model_over_both(self):
        def metadata(wire):
            with wire.open() as client:
                return plain(wire.dict(client.get_model_metadata("digits", "1")))

        found = metadata(self.wire)
        self.assertEqual(found["inputs"], [{"name": "image", "datatype": "FP32", "shape": [-1, 1, 8, 8]}])
        self.assertEqual(found["outputs"], [{"name": "probabilities", "datatype": "FP32", "shape": [-1, 10]}])
        self.assertEqual(found["versions"], ["1"])
        self.assertEqual(metadata(HTTP), metadata(GRPC))

    def test_unknown_model(self):
        with self.wire.open() as client:
            self.refused("unknown", lambda: client.get_model_metadata("nobody"))
            self.refused("unknown", lambda: client.get_model_metadata("digits", "7"))
            self.refused("unknown", lambda: client.get_model_config("nobody"))

    def test_config(self):
        config = self.on_each_thread(lambda client: plain(self.wire.config(client, "mlp")))
        self.assertEqual(config["name"], "mlp")
        self.assertEqual(config["platform"], "onnxruntime_onnx")
        [x] = config["input"]
        self.assertEqual((x["name"], x["data_type"], x["dims"]), ("x", "TYPE_FP32", [16]))
        self.assertGreater(config["max_batch_size"], 1)


def plain(answer):
    """Protobuf's JSON writes 64-bit integers as text."""
    if isinstance(answer, dict):
        return {key: numbers(key, value) for key, value in answer.items()}
    return [plain(part) for part in answer] if isinstance(answer, list) else answer


def numbers(key, value):
    return [int(number) for number in value] if key in ("shape", "dims") else plain(value)


if __name__ == "__main__":
    unittest.main()
