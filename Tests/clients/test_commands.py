"""The quick reference and the life of the process, as an operator types them."""
import fcntl
import json
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import termios
import threading

import pytest
import requests
from conftest import PADDOCK, raw, wait_until


def sh(command, **options):
    return subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60, **options)


def on_terminal(command, word, seconds=20):
    """What a command that needs a terminal has written when a word of it is there; ends the command."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execvp("/bin/sh", ["sh", "-c", command])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))
    seen = b""
    try:
        while word not in seen and select.select([terminal], [], [], seconds)[0]:
            seen += os.read(terminal, 65536)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.close(terminal)
        os.waitpid(pid, 0)
    return seen


def test_the_quick_reference_works_verbatim(sim, start, tmp_path):
    environment = {"OLLAMA_NUM_PARALLEL": "auto", "OLLAMA_MAX_QUEUE": "512", "REQUEST_TIMEOUT": "300"}
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 8080)) == 0:
            pytest.skip("port 8080 is taken on this machine")
    gateway = start("serve", "--backend", sim.url, environment=environment, folder=tmp_path)
    assert gateway.port == 8080
    (tmp_path / "prompt.json").write_text('{"model":"llama2","prompt":"Hello"}')
    ab = sh(
        "ab -n 1000 -c 50 -p prompt.json -T application/json http://localhost:8080/api/generate", cwd=tmp_path
    ).stdout
    assert "Complete requests:      1000" in ab and "Failed requests:        0" in ab and "Non-2xx" not in ab
    keep = sh("ab -k -n 200 -c 10 -p prompt.json -T application/json http://localhost:8080/v1/embeddings", cwd=tmp_path)
    assert "Complete requests:      200" in keep.stdout and "Failed requests:        0" in keep.stdout
    stats = json.loads(sh("curl http://localhost:8080/queue/stats").stdout)
    assert stats["models"]["llama2"]["total_processed"] == 1200
    model = json.loads(sh("curl http://localhost:8080/queue/stats?model=llama2").stdout)
    assert model["model"] == "llama2"
    assert json.loads(sh("curl http://localhost:8080/queue/memory").stdout)["recommended_parallel"] in (1, 2, 4)
    assert json.loads(sh("curl -X POST http://localhost:8080/admin/queue/reset").stdout)["status"] == "success"
    update = sh(
        """curl -X POST http://localhost:8080/admin/queue/update -H "Content-Type: application/json" """
        """-d '{"model": "llama2", "parallel_limit": 8, "queue_limit": 1024}'"""
    )
    assert json.loads(update.stdout) == {
        "model": "llama2", "parallel_limit": 8, "queue_limit": 1024, "status": "updated",
    }
    jq = sh("curl -s http://localhost:8080/queue/stats | jq .models.llama2.parallel_limit")
    assert jq.stdout == "8\n"
    seen = on_terminal("watch -n 1 'curl -s http://localhost:8080/queue/stats | jq .models'", b"1024")
    assert b'"llama2"' in seen and b"queue_limit" in seen


def refuses(gateway):
    with socket.socket() as plain:
        return plain.connect_ex(("127.0.0.1", gateway.port)) != 0


def test_a_drain_refuses_the_waiting_and_lets_the_active_end(backend, start):
    def script(connection, request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{}\n\r\n")
        go.acquire()
        connection.sendall(b"3\r\n{}\n\r\n0\r\n\r\n")

    go = threading.Semaphore(0)
    gateway = start("serve", "--port", "0", "--backend", backend(script).url, "--parallel", "1")
    post = b'POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 18\r\n\r\n{"model":"llama2"}'
    active = socket.create_connection(("127.0.0.1", gateway.port), timeout=20)
    active.sendall(post)
    assert active.recv(65536).startswith(b"HTTP/1.1 200")
    waiting = socket.create_connection(("127.0.0.1", gateway.port), timeout=20)
    waiting.sendall(post)
    wait_until(lambda: requests.get(f"{gateway.url}/queue/stats").json()["models"]["llama2"]["queued_requests"] == 1)
    kept = requests.Session()
    assert kept.get(f"{gateway.url}/health/ready").status_code == 200
    gateway.process.send_signal(signal.SIGTERM)
    reply = waiting.recv(65536)
    assert reply.startswith(b"HTTP/1.1 503") and b'"shutting_down"' in reply and b"Retry-After: " in reply
    assert kept.get(f"{gateway.url}/health/ready").status_code == 503
    wait_until(lambda: refuses(gateway))
    assert gateway.process.poll() is None
    go.release()
    assert b"".join(iter(lambda: active.recv(65536), b"")).endswith(b"0\r\n\r\n")
    assert gateway.process.wait(30) == 0


def test_a_second_signal_ends_at_once(backend, start):
    gateway = start("serve", "--port", "0", "--backend", backend(lambda connection, request: connection.recv(1)).url)
    client = socket.create_connection(("127.0.0.1", gateway.port))
    client.sendall(b'POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 18\r\n\r\n{"model":"llama2"}')
    wait_until(lambda: requests.get(f"{gateway.url}/queue/stats").json()["total_models"] == 1)
    gateway.process.send_signal(signal.SIGINT)
    wait_until(lambda: any("stopping" in line for line in gateway.lines))
    gateway.process.send_signal(signal.SIGINT)
    assert gateway.process.wait(30) == 0


@pytest.mark.parametrize(
    "arguments,environment,status,words",
    [
        (["--port", "many"], {}, 78, ["--port", "many"]),
        (["--port", "-1"], {}, 78, ["--port", "-1"]),
        ([], {"OLLAMA_MAX_QUEUE": "x"}, 78, ["OLLAMA_MAX_QUEUE"]),
        (["--max-queue", "5"], {"OLLAMA_MAX_QUEUE": "x"}, 78, ["OLLAMA_MAX_QUEUE"]),
        (["--config", "missing.yaml"], {}, 78, ["missing.yaml"]),
        (["--no-such-flag"], {}, 64, ["no-such-flag"]),
    ],
)
def test_bad_settings_never_start_it(start, arguments, environment, status, words, tmp_path):
    process = start("serve", *arguments, environment=environment, folder=tmp_path)
    assert process.process.wait(30) == status
    wait_until(lambda: process.lines)
    assert all(word in "\n".join(process.lines) for word in words)


# What Kubernetes sets in each container if there is a service named paddock.
SERVICE_LINKS = {
    "PADDOCK_SERVICE_HOST": "10.0.0.1", "PADDOCK_SERVICE_PORT": "8080", "PADDOCK_SERVICE_PORT_HTTP": "8080",
    "PADDOCK_PORT": "tcp://10.0.0.1:8080", "PADDOCK_PORT_8080_TCP": "tcp://10.0.0.1:8080",
    "PADDOCK_PORT_8080_TCP_PROTO": "tcp", "PADDOCK_PORT_8080_TCP_PORT": "8080", "PADDOCK_PORT_8080_TCP_ADDR": "10.0.0.1",
}


def test_what_kubernetes_writes_for_a_service_of_this_name_is_ignored(sim, start, tmp_path):
    gateway = start("serve", "--port", "0", "--backend", sim.url, environment=SERVICE_LINKS, folder=tmp_path)
    assert requests.get(f"{gateway.url}/health").status_code == 200
    (warning,) = wait_until(lambda: [line for line in gateway.lines if "PADDOCK_" in line])
    assert "PADDOCK_PORT" in warning and "tcp://10.0.0.1:8080" in warning and "Kubernetes" in warning
    checked = subprocess.run(
        [os.path.abspath(PADDOCK), "check-config", "--offline"], env={**os.environ, **SERVICE_LINKS}, cwd=tmp_path, capture_output=True, text=True
    )
    assert checked.returncode == 0 and checked.stderr == warning + "\n"
    assert ["port", "8080", "default"] in [line.split() for line in checked.stdout.splitlines()]


def test_a_bad_file_names_its_line(start, tmp_path):
    (tmp_path / "paddock.yaml").write_text('ollama_num_parallel: "auto"\nolama_max_queue: 512\n')
    process = start("serve", folder=tmp_path)
    assert process.process.wait(30) == 78
    wait_until(lambda: process.lines)
    assert "paddock.yaml:2" in process.lines[0] and "ollama_max_queue" in process.lines[0]


def test_a_name_is_listened_on_at_all_its_addresses(sim, start):
    gateway = start("serve", "--host", "localhost", "--port", "0", "--backend", sim.url)
    addresses = {info[4][0] for info in socket.getaddrinfo("localhost", gateway.port, type=socket.SOCK_STREAM)}
    line = next(line for line in gateway.lines if "listens on" in line)
    assert f"http://localhost:{gateway.port} (127.0.0.1" in line and all(address in line for address in addresses)
    for address in addresses:
        with socket.create_connection((address, gateway.port), timeout=10) as connection:
            connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    # It goes by the addresses: these are of this machine alone.
    assert requests.get(f"{gateway.url}/health", headers={"Host": "evil.example"}).status_code == 403


@pytest.mark.parametrize("url,words", [("http://[fe80::1]:11434", "interface"), ("http://[::1%25lo]:11434", "link-local")])
def test_an_address_that_lacks_its_interface_never_starts_it(start, url, words):
    process = start("serve", "--port", "0", "--backend", url)
    assert process.process.wait(30) == 78
    wait_until(lambda: process.lines)
    assert words in process.lines[0] and url in process.lines[0]


def test_a_taken_port_exits_69(gateway, start):
    process = start("serve", "--port", str(gateway.port))
    assert process.process.wait(30) == 69
    wait_until(lambda: process.lines)
    assert str(gateway.port) in process.lines[0]


def test_the_demo_moves_queues(start):
    demo = start("demo", "--port", "0")
    wait_until(lambda: requests.get(f"{demo.url}/queue/stats").json()["total_models"] >= 4, seconds=40)
    # The commands that it prints work unchanged.
    lines = [line.strip() for line in demo.lines]
    commands = [line for line in lines if line.startswith("curl")]
    commands[-1] = commands[-1].removesuffix("\\") + lines[lines.index(commands[-1]) + 1]
    for command in commands:
        assert subprocess.run(["sh", "-c", command], capture_output=True, timeout=30).returncode == 0, command
    limit = requests.get(f"{demo.url}/queue/stats", params={"model": "llama2"}).json()["parallel_limit"]
    assert limit == 4
    wait_until(lambda: any("swaps per minute" in line for line in demo.lines), seconds=40)
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(30) == 0
