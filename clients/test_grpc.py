import queue
import unittest

import grpc
import numpy as np
import tritonclient.grpc as grpc_client
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from tritonclient.grpc import service_pb2, service_pb2_grpc

import runtime
from wires import CONNECTIONS, GRPC, WireCase, zeros

SERVICE = "inference.GRPCInferenceService"
DEADLINE = 30


class Channels(WireCase, unittest.TestCase):
    wire = GRPC

    def channel(self):
        own = [("grpc.use_local_subchannel_pool", 1)]
        channel = grpc.insecure_channel(runtime.shared().grpc, options=own)
        self.addCleanup(channel.close)
        return channel


class Stream(Channels):
    def stream(self, client):
        answers = queue.Queue()
        client.start_stream(callback=lambda result, error: answers.put((result, error)))
        return answers

    def test_answers_come_in_order(self):
        for _ in range(CONNECTIONS):
            with GRPC.open() as client:
                answers = self.stream(client)
                for n in range(1, 21):
                    client.async_stream_infer("mlp", [self.input("x", zeros(n, 16))], request_id=str(n))
                for n in range(1, 21):
                    result, error = answers.get(timeout=DEADLINE)
                    self.assertIsNone(error)
                    self.assertEqual(result.get_response().id, str(n))
                    self.assertEqual(result.as_numpy("y").shape, (n, 3))
                client.stop_stream()

    def test_an_error_ends_nothing(self):
        with GRPC.open() as client:
            answers = self.stream(client)
            client.async_stream_infer("nobody", [self.input("x", zeros(1, 16))])
            client.async_stream_infer("mlp", [self.input("x", zeros(1, 17))])
            client.async_stream_infer("mlp", [self.input("x", zeros(1, 16))])
            errors = [answers.get(timeout=DEADLINE)[1] for _ in range(2)]
            self.assertIn("nobody", errors[0].message())
            self.assertIn("shape", errors[1].message())
            result, error = answers.get(timeout=DEADLINE)
            self.assertIsNone(error)
            self.assertEqual(result.as_numpy("y").shape, (1, 3))
            client.stop_stream()


class Calls(Channels):
    def test_async_infer(self):
        answers = queue.Queue()
        with GRPC.open() as client:
            for n in range(1, 33):
                client.async_infer(
                    "mlp",
                    [self.input("x", zeros(n, 16))],
                    callback=lambda result, error: answers.put((result, error)),
                )
            results = [answers.get(timeout=DEADLINE) for _ in range(32)]
        self.assertEqual([error for _, error in results if error], [])
        rows = sorted(result.as_numpy("y").shape[0] for result, _ in results)
        self.assertEqual(rows, list(range(1, 33)))

    def test_compression(self):
        for algorithm in ("gzip", "deflate"):
            for _ in range(2):
                result = self.infer("mlp", [self.input("x", zeros(500, 16))], compression_algorithm=algorithm)
                self.assertEqual(result.as_numpy("y").shape, (500, 3))

    def test_client_timeout(self):
        x = [self.input("x", zeros(1, 4))]
        with self.assertRaises(grpc_client.InferenceServerException) as caught:
            self.infer("slow", x, client_timeout=0.001)
        self.assertRegex(caught.exception.status(), "DEADLINE_EXCEEDED|UNAVAILABLE")
        self.infer("slow", x)

    def test_tensors_in_typed_contents(self):
        """As clients send them that know the protocol file alone; the answer is raw, as Triton's is."""
        ask = service_pb2.ModelInferRequest(model_name="mlp", id="typed")
        x = ask.inputs.add(name="x", datatype="FP32", shape=[1, 16])
        x.contents.fp32_contents.extend([0.5] * 16)
        answer = service_pb2_grpc.GRPCInferenceServiceStub(self.channel()).ModelInfer(ask, timeout=DEADLINE)
        self.assertEqual(answer.id, "typed")
        y = np.frombuffer(answer.raw_output_contents[0], np.float32)
        same = self.infer("mlp", [self.input("x", np.full((1, 16), 0.5, np.float32))])
        np.testing.assert_array_equal(y, same.as_numpy("y")[0])

    def test_unknown_method(self):
        unknown = self.channel().unary_unary(f"/{SERVICE}/Nothing")
        with self.assertRaises(grpc.RpcError) as caught:
            unknown(b"", timeout=DEADLINE)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNIMPLEMENTED)


class Reflection(Channels):
    def test_services_and_their_methods(self):
        for _ in range(CONNECTIONS):
            database = ProtoReflectionDescriptorDatabase(self.channel())
            self.assertLessEqual({SERVICE, "grpc.health.v1.Health"}, set(database.get_services()))
        service = DescriptorPool(database).FindServiceByName(SERVICE)
        self.assertLessEqual(
            {"ServerLive", "ModelReady", "ModelInfer", "ModelStreamInfer", "ModelStatistics", "RepositoryModelLoad"},
            set(service.methods_by_name),
        )
        fields = service.methods_by_name["ModelInfer"].input_type.fields_by_name
        self.assertLessEqual({"model_name", "inputs", "raw_input_contents"}, set(fields))


class Health(Channels):
    def test_check(self):
        serving = health_pb2.HealthCheckResponse.SERVING
        for service in ["", SERVICE] * (CONNECTIONS // 2):
            stub = health_pb2_grpc.HealthStub(self.channel())
            answer = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=DEADLINE)
            self.assertEqual(answer.status, serving)

    def test_unknown_service(self):
        stub = health_pb2_grpc.HealthStub(self.channel())
        with self.assertRaises(grpc.RpcError) as caught:
            stub.Check(health_pb2.HealthCheckRequest(service="nobody"), timeout=DEADLINE)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.NOT_FOUND)

    def test_watch(self):
        stub = health_pb2_grpc.HealthStub(self.channel())
        watch = stub.Watch(health_pb2.HealthCheckRequest(service=""), timeout=DEADLINE)
        self.assertEqual(next(watch).status, health_pb2.HealthCheckResponse.SERVING)
        watch.cancel()


if __name__ == "__main__":
    unittest.main()
