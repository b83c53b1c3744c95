"""Starts the built binary for the tests: a simulated Ollama, gateways before it, and scripted backends."""
import contextlib
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

import pytest
import requests

PADDOCK = os.environ.get("PADDOCK", ".build/debug/paddock")


def wait_until(condition, seconds=20):
    """Polls a condition; fails if it does not become true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError("the condition did not come true")


def free_port():
    """A port for a server, which nobody uses; none of those that connections get, so that it is free again after a restart, too."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


def listen(serve, backlog=512):
    """A listener on a free port, and its URL; each connection is served on a thread of its own, until the listener is closed."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=backlog)

    def accept():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


def stop_listening(listener):
    """Ends a socket that listens, and a thread that waits for a connection at it, which a close alone leaves waiting."""
    try:
        listener.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # It has ended before.
    listener.close()


@pytest.fixture(scope="session", autouse=True)
def no_folder_of_the_user(tmp_path_factory):
    """Whatever a test starts without saying where it keeps its state, it finds and leaves nothing in the home of the user."""
    before = {name: os.environ.get(name) for name in ("XDG_STATE_HOME", "STATE_DIRECTORY")}
    os.environ.pop("STATE_DIRECTORY", None)
    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state"))
    yield
    for name, value in before.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value


class Process:
    """A running `paddock`, with the port that it printed."""

    def __init__(self, *arguments, environment=None, folder=None, stdout=None, open_files=None):
        env = {k: v for k, v in os.environ.items() if not k.startswith(("OLLAMA_", "PADDOCK_", "REQUEST_", "PYTEST_", "NOTIFY_"))}
        # Each test that needs a store gives it a folder of its own.
        env["PADDOCK_STATE"] = "off"
        env.update(environment or {})
        command = [os.path.abspath(PADDOCK), *arguments]
        if open_files:
            command = ["/bin/sh", "-c", f'ulimit -n {open_files}; exec "$0" "$@"', *command]
        self.process = subprocess.Popen(command, stdout=stdout, stderr=subprocess.PIPE, text=True, env=env, cwd=folder)
        self.lines = []
        self.port = None
        ready = threading.Event()

        def read():
            for line in self.process.stderr:
                self.lines.append(line.rstrip("\n"))
                found = re.search(r"(?:listens on|address +)\s*http://[^ ]*:(\d+)", line)
                if found and self.port is None:
                    self.port = int(found.group(1))
                    ready.set()
            ready.set()

        threading.Thread(target=read, daemon=True).start()
        assert ready.wait(30)
        if self.port is None:
            self.process.wait(30)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(30)


@pytest.fixture
def make_disk(tmp_path):
    """Makes a file system of a size such as `1m`; it ends with the test."""
    folders = []

    def make(size):
        folder = tmp_path / f"disk{len(folders)}"
        folder.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True).returncode:
            pytest.skip("this user may not mount a file system")
        folders.append(folder)
        return folder

    yield make
    for folder in folders:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def start():
    """Starts processes that end with the test."""
    started = []

    def run(*arguments, **options):
        process = Process(*arguments, **options)
        started.append(process)
        return process

    yield run
    for process in started:
        process.stop()


@pytest.fixture(scope="session")
def sim():
    process = Process("sim", "--port", "0", "--fast", "--tokens", "8")
    yield process
    process.stop()


@pytest.fixture(scope="session")
def gateway(sim, tmp_path_factory):
    state = str(tmp_path_factory.mktemp("state"))
    process = Process("serve", "--port", "0", "--backend", sim.url, "--parallel", "2", environment={"PADDOCK_STATE": state})
    yield process
    process.stop()


class Redis:
    """A Redis of its own."""

    def __init__(self, folder):
        self.port = free_port()
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--save", "", "--appendonly", "no", "--dir", str(folder)], stdout=subprocess.DEVNULL)
        wait_until(self.answers)

    def answers(self):
        try:
            return self.ask("PING") == b"+PONG\r\n"
        except OSError:
            return False

    def ask(self, *words):
        """One command, and the bytes of its answer."""
        words = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        with socket.create_connection(("127.0.0.1", self.port), 5) as plain:
            plain.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words))
            return plain.recv(1 << 20)


@pytest.fixture
def redis(tmp_path):
    if not shutil.which("redis-server"):
        pytest.skip("there is no redis-server")
    store = Redis(tmp_path)
    yield store
    store.process.kill()
    store.process.wait()


@pytest.fixture
def join(start, sim, redis, tmp_path):
    """Starts a member of a cluster, with a state folder of its own."""
    numbers = iter(range(100))

    def run(name, *arguments, secret="the-secret-of-these-tests", prefix="test", backend=None, environment=None):
        folder = tmp_path / f"member{next(numbers)}"
        folder.mkdir()
        (folder / "secret").write_text(secret)
        return start(
            "serve", "--port", "0", "--backend", (backend or sim).url, "--cluster", f"redis://127.0.0.1:{redis.port}/0?prefix={prefix}", "--cluster-name", name,
            "--cluster-listen", "127.0.0.1:0", "--cluster-secret-file", str(folder / "secret"), *arguments,
            environment={
                "PADDOCK_STATE": str(folder / "state"), "PADDOCK_CLUSTER_LEASE": "1", "PADDOCK_CLUSTER_GRACE": "5", **(environment or {})})

    return run


def cluster(member):
    """What /cluster says; None while it is not known."""
    try:
        with urllib.request.urlopen(f"{member.url}/cluster", timeout=10) as reply:
            return json.load(reply)
    except urllib.error.HTTPError:
        return None


def is_led(member):
    reading = cluster(member)
    return reading if reading and reading["role"] in ("coordinator", "member") else None


def linked(members):
    """Waits until members have links with each other; what each says of the cluster then."""

    def are_linked():
        readings = [is_led(member) for member in members]
        return all(
            reading and len(reading["members"]) == len(members) and all(entry["linked"] for entry in reading["members"])
            for reading in readings) and readings

    return wait_until(are_linked)


@contextlib.contextmanager
def stopped(member):
    """A member that hangs."""
    member.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        member.process.send_signal(signal.SIGCONT)


@pytest.fixture
def openai_client(gateway):
    import openai

    return openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="ollama", max_retries=0)


@pytest.fixture
def anthropic_client(gateway):
    import anthropic

    return anthropic.Anthropic(base_url=gateway.url, api_key="ollama", max_retries=0)


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium, with its console."""
    if not shutil.which("chromedriver"):
        pytest.skip("needs Debian's packages chromium and chromium-driver")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1400,1200"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    driver.set_page_load_timeout(30)
    yield driver
    driver.quit()


@pytest.fixture
def browser(chromium):
    """The Chromium of the session, without a page and with an empty console."""
    chromium.get("about:blank")
    chromium.get_log("browser")
    return chromium


def answer_probe(connection, head):
    """Answers what the gateway asks by itself: whether the backend lives, and what models it has. Says whether it was that."""
    if b"/api/version" in head:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 19\r\nConnection: close\r\n\r\n" + b'{"version":"0.0.0"}')
    elif b"User-Agent: paddock-watcher" in head:
        connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    else:
        return False
    return True


def post_aside(url, body, replies=None, **headers):
    """Posts a request from a thread of its own, and puts the reply into a dictionary by its prompt."""

    def run():
        try:
            reply = requests.post(url, json=body, headers=headers, timeout=60)
        except requests.RequestException:
            return  # The gateway ended with its test.
        if replies is not None:
            replies[body["prompt"]] = reply

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


class ScriptedBackend:
    """A scripted backend: `script(connection, request)` for each request on a connection."""

    def __init__(self, script):
        self.script = script
        self.requests = []
        self.connections = 0
        self.closed = threading.Semaphore(0)
        self.listener, self.url = listen(self._serve)
        self.port = self.listener.getsockname()[1]

    def _serve(self, connection):
        rest = b""
        try:
            while True:
                while b"\r\n\r\n" not in rest:
                    piece = connection.recv(65536)
                    if not piece:
                        return
                    rest += piece
                head, rest = rest.split(b"\r\n\r\n", 1)
                if answer_probe(connection, head):
                    return
                length = re.search(rb"content-length: *(\d+)", head, re.I)
                want = int(length.group(1)) if length else 0
                if re.search(rb"transfer-encoding: *chunked", head, re.I):
                    while not rest.endswith(b"0\r\n\r\n"):
                        rest += connection.recv(65536)
                    body, rest = rest, b""
                else:
                    while len(rest) < want:
                        piece = connection.recv(1 << 20)
                        if not piece:
                            return
                        rest += piece
                    body, rest = rest[:want], rest[want:]
                request = (head, body)
                self.requests.append(request)
                if self.script(connection, request) == "close":
                    return
        except OSError:
            pass
        finally:
            connection.close()
            self.closed.release()

    def stop(self):
        stop_listening(self.listener)


@pytest.fixture
def backend():
    """Makes scripted backends that end with the test."""
    made = []

    def make(script):
        scripted = ScriptedBackend(script)
        made.append(scripted)
        return scripted

    yield make
    for scripted in made:
        scripted.stop()


class HoldingBackend:
    """A scripted backend whose answers wait until they are released."""

    def __init__(self, backend):
        self.go = threading.Event()
        self.scripted = backend(self._script)
        self.url = self.scripted.url

    def _script(self, connection, request):
        self.go.wait()
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}')


@pytest.fixture
def holding(backend):
    return HoldingBackend(backend)


def short(value):
    """The name of a case that is made of bytes; pytest's own would repeat all of a large body."""
    return repr(value)[:60]


def raw(port, data, timeout=10, until=None):
    """Sends bytes and reads until the connection ends, some bytes have come or nothing more arrives."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        connection.sendall(data)
        reply = b""
        try:
            while True:
                piece = connection.recv(65536)
                if not piece:
                    return reply
                reply += piece
                if until and until in reply:
                    return reply
        except (TimeoutError, ConnectionResetError):
            return reply
