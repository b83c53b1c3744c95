"""`paddock batch` as an operator types it: what it shows and asks with a scripted gateway, the whole of it with a real one."""
import email.parser
import email.policy
import http.server
import json
import os
import re
import subprocess
import threading
import time

import pytest
import requests
from conftest import PADDOCK
from test_commands import on_terminal

LINE = {"custom_id": "1", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "llama2", "messages": [{"role": "user", "content": "Hi"}]}}


class Gateway(http.server.ThreadingHTTPServer):
    """Answers like Paddock, from what a test says."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.requests = []
        self.uploads = []
        self.contents = {}
        self.steps = [{"status": "completed"}]
        """What a job is at each reading; the last one stays."""
        self.refusals = {}
        """By method and path: the status and the body of an error."""

    def job(self, change):
        counts = change.get("counts", (3, 3, 0))
        return {
            "id": "batch_1", "object": "batch", "endpoint": "/v1/chat/completions", "input_file_id": "file-1",
            "completion_window": "24h", "created_at": 1_790_000_000, "in_progress_at": 1_790_000_010, "expires_at": 1_790_086_400,
            "output_file_id": None, "error_file_id": None, "errors": None, "metadata": None,
            **{key: value for key, value in change.items() if key != "counts"},
            "request_counts": dict(zip(("total", "completed", "failed"), counts)),
        }


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, body, status=200):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        gateway = self.server
        path = self.path.split("?")[0]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        gateway.requests.append((self.command, self.path, self.headers.get("Authorization"), body))
        if (self.command, path) in gateway.refusals:
            status, code, message = gateway.refusals[self.command, path]
            error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
            return self.answer({"error": error}, status)
        if path == "/health":
            concurrency = {"default_parallel": 1, "default_queue_limit": 1, "total_models": 0, "memory": None}
            return self.answer({"status": "healthy", "version": "1", "backends": [], "concurrency": concurrency})
        if (self.command, path) == ("POST", "/v1/files"):
            head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
            form = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
            gateway.uploads.append([
                (part.get_param("name", header="content-disposition"), part.get_filename(), part.get_payload(decode=True))
                for part in form.iter_parts()])
            return self.answer({"id": "file-1", "object": "file", "bytes": 1, "created_at": 1, "filename": "x", "purpose": "batch"})
        if (self.command, path) == ("DELETE", "/v1/files/file-1"):
            return self.answer({"id": "file-1", "object": "file", "deleted": True})
        if path.startswith("/v1/files/"):
            return self.answer(gateway.contents[path.split("/")[3]])
        if self.command == "GET" and path in ("/v1/batches", "/admin/batches"):
            return self.answer({"object": "list", "data": [gateway.job(step) for step in gateway.steps], "has_more": False})
        step = gateway.steps[0]
        if self.command == "GET" and len(gateway.steps) > 1:
            gateway.steps.pop(0)
        if path.endswith("/cancel"):
            step = {"status": "cancelling", "counts": (3, 1, 0)}
        return self.answer(gateway.job(step))

    do_POST = do_DELETE = do_GET


@pytest.fixture
def scripted():
    gateway = Gateway()
    threading.Thread(target=gateway.serve_forever, daemon=True).start()
    yield gateway
    gateway.shutdown()
    gateway.server_close()


def batch(gateway, *arguments, environment=None, **options):
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PADDOCK_", "OLLAMA_"))}
    env.update({"PADDOCK_URL": gateway.url}, **environment or {})
    command = [os.path.abspath(PADDOCK), "batch", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=env, **options)


@pytest.fixture
def lines(tmp_path):
    path = tmp_path / "odd \"name\".jsonl"
    path.write_text("".join(json.dumps({**LINE, "custom_id": str(number)}) + "\n" for number in range(3)))
    return path


def test_a_file_is_uploaded_and_the_job_waited_for(scripted, lines):
    scripted.steps = [
        {"status": "validating", "counts": (0, 0, 0)}, {"status": "in_progress", "counts": (3, 1, 0)},
        {"status": "completed", "counts": (3, 2, 1), "completed_at": 1_790_000_100, "output_file_id": "file-2"}]
    done = batch(scripted, "submit", str(lines), "--window", "7d", "--wait", environment={"PADDOCK_KEY": "pk-secret"})
    assert done.returncode == 0, done.stderr
    assert scripted.uploads == [[("purpose", None, b"batch"), ("file", "odd %22name%22.jsonl", lines.read_bytes())]]
    asked = {(method, path): (key, body) for method, path, key, body in scripted.requests}
    assert json.loads(asked["POST", "/v1/batches"][1]) == {
        "input_file_id": "file-1", "endpoint": "/v1/chat/completions", "completion_window": "7d"}
    # The key goes to nobody before it has shown that it is Paddock.
    assert asked["GET", "/health"][0] is None
    assert {asked[route][0] for route in asked if route[1] != "/health"} == {"Bearer pk-secret"}
    assert "in progress, 1 of 3 done" in done.stderr and "3 of 3 done, 1 failed" in done.stdout
    assert "pk-secret" not in done.stdout + done.stderr


@pytest.mark.parametrize("status, code", [("failed", 65), ("expired", 69), ("cancelled", 69)])
def test_a_job_that_does_not_get_to_its_end_is_an_error(scripted, lines, status, code):
    problems = {"object": "list", "data": [{"code": "invalid_json_line", "line": 2, "message": "no \u001b[2JJSON", "param": None}]}
    scripted.steps = [{"status": status, "errors": problems if status == "failed" else None}]
    done = batch(scripted, "submit", str(lines), "--wait")
    assert done.returncode == code
    if status == "failed":
        assert re.search(r"^ +2 +invalid_json_line +no \\u\{1b\}\[2JJSON$", done.stdout, re.M), done.stdout


def test_a_file_of_a_job_that_is_refused_is_removed(scripted, lines):
    scripted.refusals["POST", "/v1/batches"] = (400, "invalid_value", "the window must be 1h to 30d")
    done = batch(scripted, "submit", str(lines), "--window", "1y")
    assert done.returncode == 65 and "the window must be 1h to 30d" in done.stderr
    assert scripted.requests[-1][:2] == ("DELETE", "/v1/files/file-1")


@pytest.mark.parametrize("status, code", [(401, 77), (413, 65), (501, 69), (507, 69), (429, 69)])
def test_refusals_have_the_exit_statuses_of_the_other_commands(scripted, lines, status, code):
    scripted.refusals["POST", "/v1/files"] = (status, "code", "the sentence of the gateway")
    done = batch(scripted, "submit", str(lines))
    assert done.returncode == code
    assert ("PADDOCK_KEY" if status == 401 else "the sentence of the gateway") in done.stderr


def test_files_that_cannot_be_sent(scripted, tmp_path):
    for path in (tmp_path / "missing", tmp_path):
        done = batch(scripted, "submit", str(path))
        assert done.returncode == 66 and "cannot be read" in done.stderr and not scripted.requests


def test_a_large_file_is_not_held(scripted, tmp_path):
    path = tmp_path / "large.jsonl"
    with path.open("wb") as file:
        for _ in range(100):
            file.write(b"x" * (1 << 20))
    most = 0
    with subprocess.Popen([PADDOCK, "batch", "submit", str(path), "--url", scripted.url], stdout=subprocess.DEVNULL) as command:
        while command.poll() is None:
            # The most that it has had since its start, in KiB; the kernel tells nothing of one that has ended.
            with open(f"/proc/{command.pid}/status", encoding="ascii") as status:
                most = max([most, *(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))])
            time.sleep(0.005)
    assert command.returncode == 0
    assert len(scripted.uploads[0][1][2]) == 100 << 20
    assert 0 < most < 100 << 10


def test_jobs_are_listed_shown_and_cancelled_also_by_admins(scripted):
    scripted.steps = [{"status": "in_progress", "counts": (3, 1, 1), "owner": "alice", "model": "llama2"}]
    admin = {"PADDOCK_ADMIN_TOKEN": "token", "PADDOCK_KEY": "key"}
    for arguments, prefix, secret in (([], "/v1", "key"), (["--all"], "/admin", "token")):
        listed = batch(scripted, "list", "--limit", "7", "--after", "batch_0", *arguments, environment=admin)
        assert listed.returncode == 0, listed.stderr
        assert re.search(r"^batch_1 +alice +llama2 +in progress +2 +1 +3 ", listed.stdout, re.M), listed.stdout
        assert scripted.requests[-1][:3] == ("GET", f"{prefix}/batches?limit=7&after=batch_0", f"Bearer {secret}")
        shown = batch(scripted, "show", "batch_1", *arguments, environment=admin)
        assert "in progress, 2 of 3 done, 1 failed" in shown.stdout
        assert scripted.requests[-1][1] == f"{prefix}/batches/batch_1"
        gone = batch(scripted, "cancel", "batch_1", *arguments, environment=admin)
        assert gone.stdout == "batch_1 is cancelling: 1 of 3 done\n"
    assert scripted.requests[-1][1] == "/admin/batches/cancel" and json.loads(scripted.requests[-1][3]) == {"id": "batch_1"}
    assert json.loads(batch(scripted, "show", "batch_1", "--json").stdout)["id"] == "batch_1"


def test_results_are_fetched_and_replace_nothing(scripted, tmp_path):
    scripted.contents = {"file-2": b'{"custom_id":"1"}\n' * 200_000, "file-3": b'{"custom_id":"9"}\n'}
    scripted.steps = [{"status": "completed", "counts": (3, 2, 1), "output_file_id": "file-2", "error_file_id": "file-3"}]
    done = batch(scripted, "fetch", "batch_1")
    assert done.returncode == 0 and done.stdout.encode() == scripted.contents["file-2"]
    assert "--errors FILE" in done.stderr
    files = [str(tmp_path / name) for name in ("out.jsonl", "errors.jsonl")]
    done = batch(scripted, "fetch", "batch_1", "--output", files[0], "--errors", files[1])
    assert done.returncode == 0 and done.stdout == "", done.stderr
    assert [open(name, "rb").read() for name in files] == list(scripted.contents.values())
    done = batch(scripted, "fetch", "batch_1", "--output", files[0])
    assert done.returncode == 73 and open(files[0], "rb").read() == scripted.contents["file-2"]
    # Nothing stays of what cannot be fetched.
    scripted.refusals["GET", "/v1/files/file-2/content"] = (404, "not_found_error", "there is no such file")
    done = batch(scripted, "fetch", "batch_1", "--output", str(tmp_path / "gone"))
    assert done.returncode == 65 and not (tmp_path / "gone").exists()
    scripted.steps = [{"status": "in_progress"}]
    assert batch(scripted, "fetch", "batch_1").returncode == 69
    # A job that is not there is no route that is not there.
    scripted.refusals["GET", "/v1/batches/batch_9"] = (404, "not_found", "there is no such job")
    assert batch(scripted, "fetch", "batch_9").returncode == 65


def test_a_terminal_shows_a_bar(scripted):
    scripted.steps = [{"status": "in_progress", "counts": (10, 5, 0)}]
    command = f"env LC_ALL=C.UTF-8 PADDOCK_URL={scripted.url} {os.path.abspath(PADDOCK)} batch show batch_1 --wait"
    seen = on_terminal(command, b"5 of 10 done").decode()
    assert "██████████░░░░░░░░░░ in progress · 5 of 10 done" in seen


def test_with_a_real_gateway(sim, start, tmp_path, lines):
    gateway = start("serve", "--port", "0", "--backend", sim.url, environment={"PADDOCK_STATE": str(tmp_path / "state")})
    done = batch(gateway, "submit", str(lines), "--wait", "--json")
    assert done.returncode == 0, done.stderr
    job = json.loads(done.stdout)
    assert job["status"] == "completed" and job["request_counts"] == {"total": 3, "completed": 3, "failed": 0}
    fetched = batch(gateway, "fetch", job["id"])
    assert sorted(json.loads(line)["custom_id"] for line in fetched.stdout.splitlines()) == ["0", "1", "2"]
    assert re.search(rf"^{job['id']} +127\.0\.0\.1 +completed +3 +0 +3 ", batch(gateway, "list", "--all").stdout, re.M)
    assert batch(gateway, "cancel", job["id"]).returncode == 65
    # An input that is wrong.
    lines.write_text("nonsense\n")
    done = batch(gateway, "submit", str(lines), "--wait")
    assert done.returncode == 65 and re.search("^ +1  ", done.stdout, re.M), done.stdout
    # Another client sees none of it.
    key = requests.post(gateway.url + "/admin/keys/add", json={"name": "bob"}, timeout=10).json()["key"]
    assert batch(gateway, "list", environment={"PADDOCK_KEY": key}).stdout.startswith("No jobs.")
    for arguments, environment in ((["show", job["id"]], {"PADDOCK_KEY": key}), (["show", "batch_unknown", "--all"], {})):
        done = batch(gateway, *arguments, environment=environment)
        assert done.returncode == 65, done.stderr
