import re
import unittest
import urllib.request

import numpy as np

import runtime
from wires import CONNECTIONS, GRPC, HTTP, WireCase, zeros


class Metrics(WireCase, unittest.TestCase):
    """Prometheus names of Triton's dashboards, with the sum of all threads, whichever wire was asked."""

    def figure(self, name, model="mlp"):
        with urllib.request.urlopen(f"http://{runtime.shared().metrics}/metrics") as answer:
            text = answer.read().decode()
        found = re.search(rf'^{name}{{[^}}]*model="{model}"[^}}]*}} (\S+)$', text, re.MULTILINE)
        return float(found.group(1)) if found else 0

    def test_counters(self):
        names = ("nv_inference_request_success", "nv_inference_count", "nv_inference_exec_count")
        before = [self.figure(name) for name in names]
        for wire in (HTTP, GRPC):
            self.wire = wire
            for _ in range(CONNECTIONS):
                self.infer("mlp", [self.input("x", zeros(3, 16))])
        after = [self.figure(name) for name in names]
        requests = 2 * CONNECTIONS
        self.assertEqual([a - b for a, b in zip(after, before)], [requests, 3 * requests, requests])


class RawBody(unittest.TestCase):
    """Triton's raw binary request: no JSON at all, one input, a header length of 0."""

    def test_raw(self):
        request = urllib.request.Request(
            f"http://{runtime.shared().rest}/v2/models/mlp/infer",
            data=np.zeros(16, np.float32).tobytes(),
            headers={"Inference-Header-Content-Length": "0", "Content-Type": "application/octet-stream"},
        )
        with urllib.request.urlopen(request) as answer:
            length = int(answer.headers["Inference-Header-Content-Length"])
            body = answer.read()
        self.assertEqual(np.frombuffer(body[length:], np.float32).shape, (3,))


if __name__ == "__main__":
    unittest.main()
