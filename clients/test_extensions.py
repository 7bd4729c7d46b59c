import json
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import repository
import runtime
from wires import CONNECTIONS, WireCase, on_each_wire, zeros

SEVEN = json.loads((runtime.ROOT / "examples/meter-reading/seven.json").read_text())["inputs"][0]
CLIENTS = 4
RELOADS = 8


def seven(rows=1):
    picture = np.array(SEVEN["data"], np.float32).reshape(SEVEN["shape"])
    return np.repeat(picture, rows, axis=0)


@on_each_wire
class Classification(WireCase):
    def classes(self, client, model, inputs, output, count):
        result = client.infer(model, inputs, outputs=[self.wire.output(output, class_count=count)])
        return result.as_numpy(output)

    def test_with_labels(self):
        def ask(client):
            return self.classes(client, "digits", [self.input("image", seven(2))], "probabilities", 3).tolist()

        rows = self.on_each_thread(ask)
        self.assertEqual([len(row) for row in rows], [3, 3])
        score, index, label = rows[0][0].decode().split(":")
        self.assertEqual((index, label), ("7", "7"))
        self.assertGreater(float(score), 0.5)
        scores = [float(text.decode().split(":")[0]) for text in rows[0]]
        self.assertEqual(scores, sorted(scores, reverse=True))

    def test_without_labels_and_more_than_there_are(self):
        with self.wire.open() as client:
            [row] = self.classes(client, "mlp", [self.input("x", zeros(1, 16))], "y", 10)
        self.assertEqual(len(row), 3)
        self.assertEqual({text.decode().split(":")[1] for text in row}, {"0", "1", "2"})


@on_each_wire
class SchedulePolicy(WireCase):
    def test_priority_and_a_timeout_that_is_met(self):
        for priority in (0, 1, 2):
            result = self.infer("slow", [self.input("x", zeros(1, 4))], priority=priority, timeout=30_000_000)
            self.assertEqual(result.as_numpy("y").shape, (1, 4))

    def test_a_timeout_that_is_over_before_it_is_the_requests_turn(self):
        x = [self.input("x", zeros(1, 4))]
        self.infer("slow", x)
        for _ in range(CONNECTIONS):
            self.refused("unavailable", lambda: self.infer("slow", x, timeout=1))
        self.infer("slow", x)


@on_each_wire
class Statistics(WireCase):
    def count(self, client, model="mlp", version=""):
        answer = self.wire.dict(client.get_inference_statistics(model, version))
        [stats] = answer["model_stats"]
        self.assertEqual((stats["name"], stats["version"]), (model, "1"))
        counts = (
            stats.get("inference_count", 0),
            stats.get("execution_count", 0),
            stats["inference_stats"]["success"].get("count", 0),
        )
        return tuple(int(count) for count in counts)

    def test_all_threads_are_summed(self):
        with self.wire.open() as client:
            rows, runs, requests = self.count(client)
        for _ in range(CONNECTIONS):
            self.infer("mlp", [self.input("x", zeros(2, 16))])
        expected = (rows + 2 * CONNECTIONS, runs + CONNECTIONS, requests + CONNECTIONS)
        self.assertEqual(self.on_each_thread(self.count), expected)

    def test_durations(self):
        self.infer("slow", [self.input("x", zeros(1, 4))])
        with self.wire.open() as client:
            answer = self.wire.dict(client.get_inference_statistics("slow"))
        stats = answer["model_stats"][0]["inference_stats"]
        self.assertGreater(int(stats["compute_infer"]["ns"]), 1_000_000)
        self.assertGreaterEqual(int(stats["success"]["ns"]), int(stats["compute_infer"]["ns"]))
        self.assertGreater(int(answer["model_stats"][0]["last_inference"]), 1_600_000_000_000)

    def test_all_models(self):
        with self.wire.open() as client:
            answer = self.wire.dict(client.get_inference_statistics())
        self.assertLessEqual({"mlp", "digits"}, {stats["name"] for stats in answer["model_stats"]})

    def test_unknown_model(self):
        with self.wire.open() as client:
            self.refused("unknown", lambda: client.get_inference_statistics("nobody"))


@on_each_wire
class Repository(WireCase):
    def index(self, client):
        answer = self.wire.dict(client.get_model_repository_index())
        models = answer if isinstance(answer, list) else answer["models"]
        return {model["name"]: model.get("state") for model in models}

    def ready(self):
        return self.on_each_thread(lambda client: client.is_model_ready("spare"))

    def test_index(self):
        index = self.on_each_thread(self.index)
        self.assertEqual(set(index), set(repository.MODELS))
        self.assertEqual(index["mlp"], "READY")

    def test_unload_and_load(self):
        x = [self.input("x", zeros(1, 16))]
        for _ in range(4):
            with self.wire.open() as client:
                client.unload_model("spare")
            self.assertFalse(self.ready())
            self.assertNotEqual(self.on_each_thread(self.index)["spare"], "READY")
            with self.wire.open() as client:
                client.load_model("spare")
            self.assertTrue(self.ready())
            self.on_each_thread(lambda client: client.infer("spare", x).as_numpy("y").shape)

    def test_loading_again_under_load_drops_nothing(self):
        loaded = threading.Event()
        everybody_asks = threading.Barrier(CLIENTS + 1, timeout=30)

        def ask():
            with self.wire.open() as client:
                client.infer("spare", [self.input("x", zeros(1, 16))])
                everybody_asks.wait()
                while not loaded.is_set():
                    client.infer("spare", [self.input("x", zeros(1, 16))])

        with ThreadPoolExecutor(CLIENTS) as pool, self.wire.open() as operator:
            asking = [pool.submit(ask) for _ in range(CLIENTS)]
            everybody_asks.wait()
            try:
                for _ in range(RELOADS):
                    operator.load_model("spare")
            finally:
                loaded.set()
            for one in asking:
                one.result()

    def test_what_is_not_there(self):
        with self.wire.open() as client:
            self.refused("unknown", lambda: client.load_model("nobody"))

    def test_nothing_is_uploaded(self):
        with self.wire.open() as client:
            with self.assertRaises(Exception) as caught:
                client.load_model("spare", config="{}", files={"file:1/model.onnx": b"0"})
            self.assertRegex(str(caught.exception), "(?i)upload|parameter")
        self.assertTrue(self.ready())


if __name__ == "__main__":
    unittest.main()
