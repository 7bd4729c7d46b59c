"""The same tests over both protocols: what differs between tritonclient's two halves."""

import contextlib
import sys
import unittest

import numpy as np
import tritonclient.grpc as grpc_client
import tritonclient.http as http_client
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

import runtime

# With two serving threads that share a port, so many connections reach both of them but once in two thousand runs.
CONNECTIONS = 12


class Http:
    name = "http"
    errors = {"unknown": "404", "invalid": "400", "unavailable": "503"}
    InferInput = http_client.InferInput

    def open(self, **options):
        return contextlib.closing(http_client.InferenceServerClient(runtime.shared().rest, **options))

    def dict(self, answer):
        return answer

    def config(self, client, model):
        return client.get_model_config(model)

    def output(self, name, class_count=0):
        return http_client.InferRequestedOutput(name, class_count=class_count)

    def response_id(self, result):
        return result.get_response()["id"]


class Grpc:
    name = "grpc"
    errors = {
        "unknown": "StatusCode.NOT_FOUND",
        "invalid": "StatusCode.INVALID_ARGUMENT",
        "unavailable": "StatusCode.UNAVAILABLE",
    }
    InferInput = grpc_client.InferInput

    def open(self, **options):
        # Without it, channels of one process share their connections.
        own = [("grpc.use_local_subchannel_pool", 1)]
        return contextlib.closing(
            grpc_client.InferenceServerClient(runtime.shared().grpc, channel_args=own, **options)
        )

    def dict(self, answer):
        from google.protobuf.json_format import MessageToDict

        return MessageToDict(answer, preserving_proto_field_name=True)

    def config(self, client, model):
        return self.dict(client.get_model_config(model).config)

    def output(self, name, class_count=0):
        return grpc_client.InferRequestedOutput(name, class_count=class_count)

    def response_id(self, result):
        return result.get_response().id


HTTP, GRPC = Http(), Grpc()


class WireCase:
    """What a case that is run on each wire has at hand."""

    wire = None

    def input(self, name, array, datatype=None):
        made = self.wire.InferInput(name, list(array.shape), datatype or np_to_triton_dtype(array.dtype))
        return made.set_data_from_numpy(array)

    def infer(self, model, inputs, **options):
        """Over a connection of its own."""
        with self.wire.open() as client:
            return client.infer(model, inputs, **options)

    def on_each_thread(self, ask):
        """Calls `ask` with new connections, enough of them to reach both threads; all must answer alike."""
        answers = []
        for _ in range(CONNECTIONS):
            with self.wire.open() as client:
                answers.append(ask(client))
        for answer in answers:
            self.assertEqual(answer, answers[0])
        return answers[0]

    def refused(self, kind, call):
        """The message of the error that `call` must end in."""
        with self.assertRaises(InferenceServerException) as caught:
            call()
        self.assertEqual(caught.exception.status(), self.wire.errors[kind], caught.exception.message())
        return caught.exception.message()


def on_each_wire(case):
    """Makes two test cases of one."""
    module = sys.modules[case.__module__]
    for wire in (HTTP, GRPC):
        name = f"{case.__name__}Over{wire.name.capitalize()}"
        made = type(name, (case, unittest.TestCase), {"wire": wire, "__module__": case.__module__})
        setattr(module, name, made)
    return case


def zeros(*shape):
    return np.zeros(shape, np.float32)
