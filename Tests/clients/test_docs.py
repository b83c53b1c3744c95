"""Every fenced block of the README and of docs/ that can be run is run; every configuration is loaded by its program.

A block says by its language what it is. `text` and blocks without one are read by people only, and so are those that a line
`# runs: no (…)` or an entry of ELSEWHERE excuses, with the reason.
"""
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import threading

import pytest
import requests
import yaml
from conftest import PADDOCK, Process, free_port, wait_until

PROJECT = pathlib.Path(__file__).resolve().parents[2]
READERS_ONLY = {"", "text", "swift"}
ELSEWHERE = {
    "swift run": "compiles everything; .ci/run builds and test_commands.py runs the same commands",
    "swift test": ".ci/run runs it",
    "watch -n 1": "needs a terminal; test_commands.py gives it one",
    "ab -n 1000": "test_commands.py runs the quick reference verbatim",
    "make install": ".ci/run makes the package, and test_deploy.py installs",
    "systemctl": "needs a running systemd; test_deploy.py verifies the unit",
    "Benchmarks/scripts": "minutes of load; measured by hand on a quiet machine",
    "docker ": "needs Docker",
    "# runs: no": "excused in the text",
}


class Block:
    def __init__(self, path, line, language, text):
        self.path, self.line, self.language, self.text = path, line, language, text

    @property
    def name(self):
        return f"{self.path.name}:{self.line}"

    def elsewhere(self):
        return next((reason for start, reason in ELSEWHERE.items() if start in self.text), None)


def blocks():
    found = []
    for path in [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *sorted((PROJECT / "docs").glob("**/*.md"))]:
        if not path.exists():
            continue
        language, begin, lines = None, 0, []
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if language is None and (match := re.match(r"\s*```(.*)$", line)):
                language, begin, lines = match.group(1).strip(), number, []
            elif language is not None and line.strip() == "```":
                found.append(Block(path, begin, language, "\n".join(lines) + "\n"))
                language = None
            elif language is not None:
                lines.append(line)
        assert language is None, f"{path}:{begin}: the block does not end"
    return found


BLOCKS = blocks()


def of(*languages):
    return pytest.mark.parametrize(
        "block", [block for block in BLOCKS if block.language in languages], ids=lambda block: block.name
    )


def needs(program):
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")


@pytest.fixture(scope="module")
def documented(sim, tmp_path_factory):
    """A gateway at the address in the documents."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 8080)) == 0:
            pytest.skip("port 8080 is taken on this machine")
    # Some commands read the store themselves.
    state = str(tmp_path_factory.mktemp("state"))
    os.environ["PADDOCK_STATE"] = state
    process = Process("serve", "--backend", sim.url, environment={"PADDOCK_STATE": state})
    # Some commands ask for a model that has been used.
    requests.post(f"{process.url}/api/generate", json={"model": "llama2", "prompt": "Hello", "stream": False})
    yield process
    process.stop()
    del os.environ["PADDOCK_STATE"]


@pytest.fixture
def folder(tmp_path):
    """A folder with the files that commands of the documents read."""
    (tmp_path / "prompt.json").write_text('{"model":"llama2","prompt":"Hello"}')
    line = {
        "time": "2026-11-24T12:00:00.123Z", "outcome": "rejected", "client": "10.0.0.7", "wait_ms": 1.5, "total_ms": 2.0,
        "id": "k3v",
    }
    (tmp_path / "access.json").write_text((json.dumps(line) + "\n") * 3)
    (tmp_path / "access.log").write_text(" ".join(f"{key}={value}" for key, value in line.items()) + "\n")
    return tmp_path


def run(command, folder):
    environment = {**os.environ, "PATH": f"{pathlib.Path(PADDOCK).resolve().parent}:{os.environ['PATH']}"}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command], cwd=folder, env=environment, capture_output=True, text=True,
        timeout=120,
    )


def test_every_language_is_known():
    known = READERS_ONLY | {"sh", "console", "yaml", "yml", "json", "ini", "python", "nginx", "caddyfile", "mermaid"}
    assert {block.language for block in BLOCKS} <= known
    assert len(BLOCKS) > 20


@of("sh")
def test_commands(block, documented, folder):
    if reason := block.elsewhere():
        pytest.skip(reason)
    result = run(block.text, folder)
    assert result.returncode == 0, result.stderr
    assert '"error"' not in result.stdout


@of("console")
def test_sessions(block, documented, folder):
    for command in re.findall(r"^\$ (.*(?:\\\n.*)*)$", block.text, re.MULTILINE):
        if any(start in command for start in ELSEWHERE):
            continue
        result = run(command, folder)
        assert result.returncode == 0, result.stderr


@of("yaml")
def test_configurations(block, folder):
    secret = folder / "cluster.key"
    secret.write_text("0123456789abcdef\n")
    (folder / "paddock.yaml").write_text(block.text.replace("/etc/paddock/cluster.key", str(secret)))
    result = run("paddock check-config paddock.yaml", folder)
    assert result.returncode == 0, result.stderr


def environment(container):
    """The variables of a container of Compose or Kubernetes, with their values."""
    variables = container.get("environment") or container.get("env") or {}
    return variables if isinstance(variables, dict) else {entry["name"]: entry.get("value") for entry in variables}


def check_container(name, container, documented):
    """What a file of Compose or Kubernetes says about Paddock has to be so."""
    contract = (PROJECT / "docs/contract.md").read_text()
    variables = environment(container)
    if name == "paddock":
        assert all(f"`{variable}`" in contract for variable in variables), variables
        assert variables.get("OLLAMA_BASE_URL", "http://ollama:11434") == "http://ollama:11434"
        ports = [str(port).split(":")[-1] for port in container.get("ports", []) if not isinstance(port, dict)]
        assert ports in ([], ["8080"])
        for probe in ("readinessProbe", "livenessProbe"):
            if get := container.get(probe, {}).get("httpGet"):
                assert requests.get(documented.url + get["path"]).status_code == 200 and get["port"] == 8080
        build = container.get("build")
        assert build is None or (PROJECT / build["dockerfile"]).exists()
    if name == "open-webui":
        assert variables["OLLAMA_BASE_URL"] == "http://paddock:8080"


@of("yml")
def test_files_of_other_programs(block, documented):
    for document in yaml.safe_load_all(block.text):
        for name, container in document.get("services", {}).items():
            check_container(name, container, documented)
        pod = document.get("spec", {}).get("template", {}).get("spec", {})
        for container in pod.get("containers", []):
            check_container(container["name"], container, documented)
        for model in document.get("models", []):
            assert requests.get(documented.url + "/api/tags").status_code == 200 and model["apiBase"].endswith(":8080")


@pytest.mark.parametrize("names", [["compose.yaml"], ["compose.yaml", "compose.gpu.yaml"]])
def test_compose_takes_the_files_of_deploy(names, documented):
    files = [yaml.safe_load((PROJECT / "deploy" / name).read_text()) for name in names]
    check_container("paddock", {**files[0]["services"]["paddock"], "build": None}, documented)
    check_container("open-webui", files[0]["services"]["open-webui"], documented)
    if len(files) > 1:
        assert set(files[1]["services"]) <= set(files[0]["services"])
    if subprocess.run(["docker", "compose", "version"], capture_output=True).returncode != 0:
        pytest.skip("docker compose is not installed")
    options = [option for name in names for option in ("-f", PROJECT / "deploy" / name)]
    command = ["docker", "compose", *options, "config", "--format", "json"]
    without = subprocess.run(command, capture_output=True, text=True)
    assert without.returncode != 0 and "PADDOCK_ADMIN_TOKEN" in without.stderr
    result = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PADDOCK_ADMIN_TOKEN": "t"})
    assert result.returncode == 0, result.stderr


def test_pages_link_to_what_is_there():
    for path in [*PROJECT.glob("*.md"), *(PROJECT / "docs").glob("**/*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text()):
            assert "://" in target or (path.parent / target).exists(), f"{path}: {target}"


@of("json")
def test_replies_are_json_where_they_are_whole(block):
    if "…" not in block.text:
        json.loads(block.text.replace("\n ", " "))


@of("ini")
def test_environment_files(block, folder):
    variables = dict(line.split("=", 1) for line in block.text.splitlines() if line and not line.startswith("#"))
    subprocess.run(
        [os.path.abspath(PADDOCK), "check-config"], cwd=folder, env={**os.environ, **variables}, check=True,
        capture_output=True,
    )
    assert all(name in (PROJECT / "docs/contract.md").read_text() for name in variables)


@of("python")
def test_snippets(block, documented, folder):
    result = subprocess.run([sys.executable, "-c", block.text], cwd=folder, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip()


def certificate(folder):
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=ollama.example.com",
            "-keyout", folder / "key.pem", "-out", folder / "cert.pem",
        ],
        check=True, capture_output=True,
    )


def streams_through(url, backend_go, **options):
    """Whether a stream's first line arrives before its second is sent.

    A proxy in Go closes its own connection now and then if the reply begins before it has noticed the end of the
    request's body (Caddy logs "use of closed network connection"), so a stream that it cut is asked for again.
    """
    for _ in range(5):
        with requests.post(url + "/api/generate", json={"model": "llama2"}, stream=True, timeout=30, **options) as reply:
            assert reply.status_code == 200
            lines = reply.iter_lines()
            assert next(lines) == b'{"n":1}'
            backend_go.release()
            second = next(lines, None)
        if second is not None:
            break
    assert second == b'{"n":2}'
    return reply


@pytest.fixture
def stepwise(backend, start):
    """A gateway in front of a backend whose second line waits for the client."""
    go = threading.Semaphore(0)

    def script(connection, request):
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head + b'8\r\n{"n":1}\n\r\n')
        go.acquire()
        connection.sendall(b'8\r\n{"n":2}\n\r\n0\r\n\r\n')

    scripted = backend(script)
    gateway = start(
        "serve", "--port", "0", "--backend", scripted.url,
        environment={"PADDOCK_TRUSTED_PROXIES": "127.0.0.1", "PADDOCK_ADMIN_TOKEN": "t"},
    )
    return gateway, go


def seen_as(gateway, request_id):
    return requests.get(f"{gateway.url}/queue/requests/{request_id}").json()["client"]


def check_proxy(url, stepwise, **options):
    gateway, go = stepwise
    reply = streams_through(url, go, **options)
    assert seen_as(gateway, reply.headers["X-Request-Id"]) == "127.0.0.1"
    own = {**options, "headers": {**options["headers"], "X-Forwarded-For": "192.0.2.7"}}
    reply = streams_through(url, go, **own)
    assert seen_as(gateway, reply.headers["X-Request-Id"]) in ("127.0.0.1", "192.0.2.7")
    assert requests.post(url + "/admin/queue/reset", timeout=30, **options).status_code == 403


@of("nginx")
def test_nginx(block, stepwise, tmp_path):
    needs("nginx")
    certificate(tmp_path)
    port = free_port()
    server = (
        block.text.replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
        .replace("http://127.0.0.1:8080", stepwise[0].url)
        .replace("/etc/ssl/certs/ollama.example.com.pem", str(tmp_path / "cert.pem"))
        .replace("/etc/ssl/private/ollama.example.com.key", str(tmp_path / "key.pem"))
    )
    paths = "".join(f"{name}_temp_path {tmp_path}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    config = tmp_path / "nginx.conf"
    config.write_text(
        f"daemon off;\nmaster_process off;\npid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{paths}{server}}}\n"
    )
    subprocess.run(["nginx", "-t", "-c", config, "-e", "stderr"], check=True, capture_output=True)
    process = subprocess.Popen(["nginx", "-c", config, "-e", "stderr"], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0)
        check_proxy(f"https://127.0.0.1:{port}", stepwise, verify=False, headers={"Host": "ollama.example.com"})
    finally:
        process.terminate()
        process.wait(30)


@of("caddyfile")
def test_caddy(block, stepwise, tmp_path):
    needs("caddy")
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    config = tmp_path / "Caddyfile"
    config.write_text(block.text)
    validate = ["caddy", "validate", "--adapter", "caddyfile", "--config", config]
    result = subprocess.run(validate, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    port = free_port()
    # Without TLS, as there is nobody to get a certificate from.
    config.write_text(
        "{\n admin off\n}\n"
        + block.text.replace("ollama.example.com {", f"http://127.0.0.1:{port} {{").replace(
            "127.0.0.1:8080", f"127.0.0.1:{stepwise[0].port}"
        )
    )
    process = subprocess.Popen(
        ["caddy", "run", "--adapter", "caddyfile", "--config", config], env=environment, stderr=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0)
        check_proxy(f"http://127.0.0.1:{port}", stepwise, headers={})
    finally:
        process.terminate()
        process.wait(30)
