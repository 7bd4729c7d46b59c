import unittest

import numpy as np
from tritonclient.utils import InferenceServerException

from wires import GRPC, HTTP, WireCase, zeros


class Requests(WireCase):
    """Wrong requests, each as a call of a client."""

    def __init__(self, wire):
        self.wire = wire

    def unknown_model(self, client):
        client.infer("nobody", [self.input("x", zeros(1, 16))])

    def unknown_version(self, client):
        client.infer("mlp", [self.input("x", zeros(1, 16))], model_version="7")

    def wrong_shape(self, client):
        client.infer("mlp", [self.input("x", zeros(1, 17))])

    def wrong_rank(self, client):
        client.infer("mlp", [self.input("x", zeros(16))])

    def wrong_datatype(self, client):
        client.infer("mlp", [self.input("x", np.zeros((1, 16), np.int32))])

    def unknown_input(self, client):
        client.infer("mlp", [self.input("nothing", zeros(1, 16))])

    def missing_input(self, client):
        client.infer("dynamic", [self.input("a", zeros(1, 1))])

    def duplicate_input(self, client):
        client.infer("mlp", [self.input("x", zeros(1, 16)), self.input("x", zeros(1, 16))])

    def unknown_output(self, client):
        client.infer("mlp", [self.input("x", zeros(1, 16))], outputs=[self.wire.output("nothing")])

    def duplicate_output(self, client):
        outputs = [self.wire.output("y"), self.wire.output("y")]
        client.infer("mlp", [self.input("x", zeros(1, 16))], outputs=outputs)

    def no_picture(self, client):
        picture = np.array([b"no picture at all"], np.object_)
        client.infer("colours", [self.input("image", picture)])

    def failing_model(self, client):
        """Rows that do not match, which only the model finds out."""
        client.infer("dynamic", [self.input("a", zeros(2, 1)), self.input("b", zeros(3, 1))])


INVALID = ("400", "StatusCode.INVALID_ARGUMENT")
UNKNOWN = ("404", "StatusCode.NOT_FOUND")
STATUSES = {
    "unknown_model": UNKNOWN,
    "unknown_version": UNKNOWN,
    "no_picture": ("415", "StatusCode.INVALID_ARGUMENT"),
    "failing_model": ("500", "StatusCode.INTERNAL"),
}
REQUESTS = [name for name in vars(Requests) if not name.startswith("_")]


class Errors(unittest.TestCase):
    def error(self, wire, name):
        with wire.open() as client, self.assertRaises(InferenceServerException) as caught:
            getattr(Requests(wire), name)(client)
        return caught.exception.status(), caught.exception.message()

    def test_every_error_of_one_is_the_same_error_of_the_other(self):
        for name in REQUESTS:
            with self.subTest(name):
                http_status, http_message = self.error(HTTP, name)
                grpc_status, grpc_message = self.error(GRPC, name)
                self.assertEqual(http_message, grpc_message)
                self.assertEqual((http_status, grpc_status), STATUSES.get(name, INVALID))

    def test_a_connection_survives_errors(self):
        for wire in (HTTP, GRPC):
            with wire.open() as client:
                for name in REQUESTS:
                    with self.assertRaises(InferenceServerException):
                        getattr(Requests(wire), name)(client)
                    self.assertTrue(client.is_server_live())


if __name__ == "__main__":
    unittest.main()
