"""A real engine, llama.cpp's server with a model of random weights, and gateways in front of it."""
import os
import re
import subprocess
import sys
import threading
import time

import openai
import pytest
import requests

import model

PADDOCK = os.path.abspath(os.environ.get("PADDOCK", ".build/debug/paddock"))
FOLDER = os.path.dirname(os.path.abspath(__file__))


def wait_until(condition, seconds=20, pause=0.05):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(pause)
    raise AssertionError("the condition did not come true")


class Engine:
    """A running engine."""

    def __init__(self, path, slots, *kinds):
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(FOLDER, "server.py"), path, str(slots), *kinds],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        line = self.process.stdout.readline()
        assert line.startswith("listens on "), line
        self.url = line.split()[-1]
        self.port = int(self.url.rpartition(":")[2])

    def busy(self):
        return sum(slot["is_processing"] for slot in requests.get(f"{self.url}/slots", timeout=30).json())

    def figures(self):
        text = requests.get(f"{self.url}/metrics", timeout=30).text
        return {name: float(value) for name, value in re.findall(r"^llamacpp:(\w+) (\S+)", text, re.M)}

    def wait_idle(self):
        # Each look puts off the engine's own look at its clients by a second.
        wait_until(lambda: self.busy() == 0, 30, pause=1.6)

    def stop(self):
        self.process.kill()
        self.process.wait()


class Gateway:
    """A running `paddock serve`."""

    def __init__(self, engine, *arguments):
        env = {key: value for key, value in os.environ.items() if not key.startswith(("OLLAMA_", "PADDOCK_", "REQUEST_"))}
        env["PADDOCK_STATE"] = "off"
        self.process = subprocess.Popen(
            [PADDOCK, "serve", "--port", "0", "--backend", engine.url, "--access-log", "off", *arguments],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=env,
        )
        for line in self.process.stderr:
            if found := re.search(r"listens on http://[^ ]*:(\d+)", line):
                break
        else:
            raise AssertionError("the gateway does not start")
        self.url = f"http://127.0.0.1:{found.group(1)}"
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        self.client = openai.OpenAI(base_url=f"{self.url}/v1", api_key="x", timeout=300, max_retries=0)

    def stats(self, name="tiny"):
        return requests.get(f"{self.url}/queue/stats", params={"model": name}, timeout=30).json()

    def stop(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="session")
def weights(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("engine") / "tiny.gguf")
    model.write(path)
    return path


@pytest.fixture(scope="session")
def engine(weights):
    engine = Engine(weights, 2)
    yield engine
    engine.stop()


@pytest.fixture(scope="session")
def embedder(weights):
    engine = Engine(weights, 2, "embedding")
    yield engine
    engine.stop()


@pytest.fixture
def serve():
    """Starts gateways that end with the test."""
    started = []

    def run(engine, *arguments):
        started.append(Gateway(engine, *arguments))
        return started[-1]

    yield run
    for gateway in started:
        gateway.stop()


@pytest.fixture
def gateway(serve, engine):
    engine.wait_idle()
    return serve(engine, "--parallel", "2", "--max-queue", "64")
