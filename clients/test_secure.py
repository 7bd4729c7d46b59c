import hashlib
import json
import ssl
import tempfile
import unittest
import urllib.request
from pathlib import Path

import tritonclient.grpc as grpc_client
import tritonclient.http as http_client
from tritonclient.utils import InferenceServerException

from runtime import Runtime
from wires import CONNECTIONS, GRPC, HTTP, WireCase, zeros

# A key has the name of its entry, and 32 bytes in base64url.
KEYS = {name: f"skerry_{name}_{letter * 43}" for name, letter in (("app", "A"), ("ops", "B"), ("thief", "C"))}
ENTRIES = {
    "app": {"models": ["mlp"]},
    "ops": {"models": ["*"], "allow": ["infer", "metadata", "repository", "metrics"]},
}


def key_set():
    """JSON is YAML too."""
    entries = {name: {"hash": hash_of(KEYS[name]), **entry} for name, entry in ENTRIES.items()}
    head = {"apiVersion": "skerry.dev/v1alpha1", "kind": "KeySet", "metadata": {"name": "clients"}}
    return json.dumps({**head, "spec": {"keys": entries}})


def hash_of(key):
    return "sha256:" + hashlib.sha256(key.encode()).hexdigest()


def bearer(name):
    return {"authorization": f"Bearer {KEYS[name]}"} if name else {}


class Secure(unittest.TestCase):
    """TLS with an authority of the runtime's own making, and API keys."""

    @classmethod
    def setUpClass(cls):
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        (folder / "keys.yaml").write_text(key_set())
        (folder / "keys.yaml").chmod(0o600)
        serving = folder / "serving"
        flags = ["--tls", "self", "--serving-folder", str(serving), "--keys", str(folder / "keys.yaml")]
        cls.runtime = Runtime(*flags)
        cls.addClassCleanup(cls.runtime.stop)
        cls.ca = serving / "ca.crt"

    def http(self, ca=None):
        client = http_client.InferenceServerClient(
            self.runtime.rest,
            ssl=True,
            ssl_context_factory=lambda: ssl.create_default_context(cafile=ca or self.ca),
        )
        self.addCleanup(client.close)
        return client

    def grpc(self):
        own = [("grpc.use_local_subchannel_pool", 1)]
        client = grpc_client.InferenceServerClient(
            self.runtime.grpc, ssl=True, root_certificates=str(self.ca), channel_args=own
        )
        self.addCleanup(client.close)
        return client

    def infer(self, wire, key, model="mlp"):
        case = WireCase()
        case.wire = wire
        client = self.http() if wire is HTTP else self.grpc()
        return client.infer(model, [case.input("x", zeros(1, 16))], headers=bearer(key))

    def test_with_a_key(self):
        for wire in (HTTP, GRPC):
            for _ in range(CONNECTIONS):
                self.assertEqual(self.infer(wire, "app").as_numpy("y").shape, (1, 3))

    def test_without_one_and_with_one_that_is_not_enough(self):
        unauthenticated, denied = ("401", "StatusCode.UNAUTHENTICATED"), ("403", "StatusCode.PERMISSION_DENIED")
        cases = [(None, "mlp", unauthenticated), ("thief", "mlp", unauthenticated), ("app", "spare", denied)]
        for key, model, expected in cases:
            with self.subTest(key=key, model=model):
                messages = [self.refusal(wire, key, model, expected) for wire in (HTTP, GRPC)]
                self.assertEqual(messages[0], messages[1])

    def refusal(self, wire, key, model, expected):
        with self.assertRaises(InferenceServerException) as caught:
            self.infer(wire, key, model)
        self.assertIn(caught.exception.status(), expected)
        self.assertNotIn("_" + "A" * 43, caught.exception.message())
        return caught.exception.message()

    def test_loading_is_for_those_who_may(self):
        for client in (self.http(), self.grpc()):
            with self.assertRaises(InferenceServerException):
                client.unload_model("mlp", headers=bearer("app"))
            self.assertTrue(client.is_model_ready("mlp", headers=bearer("app")))
            client.load_model("spare", headers=bearer("ops"))

    def test_health_is_for_everybody(self):
        for client in (self.http(), self.grpc()):
            self.assertTrue(client.is_server_live())
            self.assertTrue(client.is_server_ready())

    def test_the_authority_is_handed_out(self):
        trusting = ssl._create_unverified_context()
        with urllib.request.urlopen(f"https://{self.runtime.rest}/ca.crt", context=trusting) as answer:
            self.assertEqual(answer.read(), self.ca.read_bytes())

    def test_an_unknown_authority_is_not_trusted(self):
        client = http_client.InferenceServerClient(
            self.runtime.rest, ssl=True, ssl_context_factory=ssl.create_default_context
        )
        self.addCleanup(client.close)
        with self.assertRaisesRegex(Exception, "CERTIFICATE_VERIFY_FAILED"):
            client.is_server_live()


if __name__ == "__main__":
    unittest.main()
