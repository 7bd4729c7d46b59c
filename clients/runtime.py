"""Starts real runtimes for the tests, from the sources, each with two serving threads."""

import atexit
import functools
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

import repository

ROOT = Path(__file__).resolve().parent.parent
NODE = os.environ.get("SKERRY_NODE", str(ROOT / "node_modules/.bin/node"))
START_SECONDS = 60
STOP_SECONDS = 30


class Runtime:
    """A runtime that listens on ports of its own choice; `rest`, `grpc` and `metrics` are `host:port`."""

    def __init__(self, *flags):
        self.folder = Path(tempfile.mkdtemp(prefix="skerry-clients-"))
        self.log = open(self.folder / "runtime.log", "w+")
        repository.write(self.folder / "models")
        self.process = self._start(flags)
        ready = self._ready()
        self.rest = without_scheme(ready["rest"])
        self.grpc = without_scheme(ready["grpc"])
        self.metrics = without_scheme(ready["metrics"])

    def _start(self, flags):
        program = [NODE, "--conditions=source", str(ROOT / "packages/runtime/src/main.ts")]
        ports = ["--port", "0", "--grpc-port", "0", "--metrics-port", "0", "--serving-threads", "2", "--ready-json"]
        models = ["--models", str(self.folder / "models")]
        return subprocess.Popen(
            [*program, *models, *ports, *flags], cwd=self.folder, stdout=subprocess.PIPE, stderr=self.log, text=True
        )

    def _ready(self):
        killer = threading.Timer(START_SECONDS, self.process.kill)
        killer.start()
        line = self.process.stdout.readline()
        killer.cancel()
        if line:
            return json.loads(line)
        said = self.said()
        self.stop()
        raise RuntimeError(f"the runtime did not start:\n{said}")

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def stop(self):
        """Returns the exit code; the folder is gone afterwards."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        finally:
            self.process.kill()
            self.process.stdout.close()
            self.log.close()
            shutil.rmtree(self.folder)


def without_scheme(address):
    return address.split("://")[-1]


@functools.cache
def shared():
    """The runtime that most tests ask: on loopback, where neither TLS nor keys are needed."""
    runtime = Runtime()
    atexit.register(runtime.stop)
    return runtime
