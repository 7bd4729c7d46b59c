import asyncio
import unittest

import tritonclient.grpc.aio as grpc_aio
import tritonclient.http.aio as http_aio

import runtime
from wires import GRPC, HTTP, WireCase, zeros


class Aio(WireCase, unittest.IsolatedAsyncioTestCase):
    """The clients for asyncio, many requests at once."""

    async def ask(self, client):
        async with client:
            self.assertTrue(await client.is_server_live())
            asked = [client.infer("mlp", [self.input("x", zeros(n, 16))]) for n in range(1, 33)]
            answers = await asyncio.gather(*asked)
        self.assertEqual([answer.as_numpy("y").shape[0] for answer in answers], list(range(1, 33)))

    async def test_http(self):
        self.wire = HTTP
        await self.ask(http_aio.InferenceServerClient(runtime.shared().rest))

    async def test_grpc(self):
        self.wire = GRPC
        await self.ask(grpc_aio.InferenceServerClient(runtime.shared().grpc))

    async def test_grpc_stream(self):
        self.wire = GRPC

        async def requests():
            for n in range(1, 9):
                yield {"model_name": "mlp", "inputs": [self.input("x", zeros(n, 16))], "request_id": str(n)}

        async with grpc_aio.InferenceServerClient(runtime.shared().grpc) as client:
            ids = []
            async for result, error in client.stream_infer(requests()):
                self.assertIsNone(error)
                ids.append(result.get_response().id)
        self.assertEqual(ids, [str(n) for n in range(1, 9)])


if __name__ == "__main__":
    unittest.main()
