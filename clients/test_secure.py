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

import certificates
from runtime import Runtime
from wires import CONNECTIONS, GRPC, HTTP, WireCase, zeros

# A key has the name of its entry, and 32 bytes in base64url.
KEYS = {name: f"skerry_{name}_{letter * 43}" for name, letter in (("app", "A"), ("ops", "B"), ("thief", "C"))}
ENTRIES = {
    "app": {"models": ["mlp"]},
    "ops": {"models": ["*"], "allow": ["infer", "metadata", "repository", "metrics"]},
}


def key_set(entries):
    """JSON is YAML too."""
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
        entries = {name: {"hash": hash_of(KEYS[name]), **entry} for name, entry in ENTRIES.items()}
        (folder / "keys.yaml").write_text(key_set(entries))
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


class MutualTls(unittest.TestCase):
    """Certificates instead of keys."""

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        certificates.write(cls.folder, client="kiosk")
        entries = {"kiosk": {"certificate": "kiosk", "models": ["mlp"]}}
        (cls.folder / "keys.yaml").write_text(key_set(entries))
        (cls.folder / "keys.yaml").chmod(0o600)
        flags = ["--tls", "self", "--serving-folder", str(cls.folder / "serving")]
        trust = ["--client-ca", str(cls.folder / "clients.crt"), "--keys", str(cls.folder / "keys.yaml")]
        cls.runtime = Runtime(*flags, *trust)
        cls.addClassCleanup(cls.runtime.stop)

    def path(self, name):
        return str(self.folder / name)

    def context(self, with_certificate):
        context = ssl.create_default_context(cafile=self.path("serving/ca.crt"))
        if with_certificate:
            context.load_cert_chain(self.path("client.crt"), self.path("client.key"))
        return context

    def http(self, with_certificate=True):
        context = self.context(with_certificate)
        client = http_client.InferenceServerClient(
            self.runtime.rest, ssl=True, ssl_context_factory=lambda: context
        )
        self.addCleanup(client.close)
        return client

    def grpc(self):
        client = grpc_client.InferenceServerClient(
            self.runtime.grpc,
            ssl=True,
            root_certificates=self.path("serving/ca.crt"),
            private_key=self.path("client.key"),
            certificate_chain=self.path("client.crt"),
            channel_args=[("grpc.use_local_subchannel_pool", 1)],
        )
        self.addCleanup(client.close)
        return client

    def infer(self, wire, model):
        case = WireCase()
        case.wire = wire
        client = self.http() if wire is HTTP else self.grpc()
        return client.infer(model, [case.input("x", zeros(1, 16))])

    def test_what_the_certificate_permits(self):
        for wire, denied in ((HTTP, "403"), (GRPC, "StatusCode.PERMISSION_DENIED")):
            for _ in range(CONNECTIONS):
                self.assertEqual(self.infer(wire, "mlp").as_numpy("y").shape, (1, 3))
            with self.assertRaises(InferenceServerException) as caught:
                self.infer(wire, "spare")
            self.assertEqual(caught.exception.status(), denied)

    def test_without_a_certificate_nobody_is_heard(self):
        with self.assertRaises(OSError):
            self.http(with_certificate=False).is_server_live()


if __name__ == "__main__":
    unittest.main()
