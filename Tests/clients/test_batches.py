"""Batch jobs: the openai package from the upload to the output, restarts, failing backends, and what a stranger tries."""
import json
import os
import signal
import subprocess
import threading
import time

import openai
import pytest
import requests
from conftest import free_port, wait_until

KEYS = ("alice-has-a-key", "bob-has-a-key")
CHAT = "/v1/chat/completions"


@pytest.fixture
def serve(start, sim, tmp_path):
    """Starts a gateway with a store of its own, again and again."""

    def serve(*flags, backend=sim.url, **environment):
        state = {"PADDOCK_STATE": str(tmp_path / "state"), **environment}
        return start("serve", "--port", "0", "--backend", backend, "--access-log", "off", *flags, environment=state)

    return serve


def client(gateway, key="none"):
    return openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=key, max_retries=0)


def line(custom_id, body=None, url=CHAT, method="POST"):
    body = body or {"model": "llama2", "messages": [{"role": "user", "content": f"question {custom_id}"}]}
    return json.dumps({"custom_id": str(custom_id), "method": method, "url": url, "body": body})


def upload(sdk, lines):
    content = lines if isinstance(lines, bytes) else "\n".join(lines).encode()
    return sdk.files.create(file=("in.jsonl", content), purpose="batch").id


def create(sdk, lines, endpoint=CHAT, window="24h", **options):
    return sdk.batches.create(input_file_id=upload(sdk, lines), endpoint=endpoint, completion_window=window, **options)


def ended(sdk, batch, seconds=60):
    """Waits for the end of a job."""
    final = ("completed", "failed", "expired", "cancelled")

    def look():
        now = sdk.batches.retrieve(batch.id)
        return now if now.status in final else None

    return wait_until(look, seconds)


def content(sdk, file_id):
    """The lines of an output file; every one is whole."""
    if file_id is None:
        return []
    text = sdk.files.content(file_id).text
    assert text == "" or text.endswith("\n")
    return [json.loads(text_line) for text_line in text.splitlines()]


def ids(lines):
    return sorted(entry["custom_id"] for entry in lines)


def send(connection, status, body=b"{}", fields=b""):
    head = b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n" % (status, fields, len(body))
    connection.sendall(head + body)


# MARK: The openai package


@pytest.mark.parametrize(
    "endpoint, body",
    [
        (CHAT, {"model": "llama2", "messages": [{"role": "user", "content": "hello"}]}),
        ("/v1/completions", {"model": "llama2", "prompt": "hello"}),
        ("/v1/embeddings", {"model": "nomic-embed-text", "input": "hello"}),
        ("/v1/responses", {"model": "llama2", "input": "hello"}),
    ],
)
def test_the_openai_package_runs_a_job_on_every_endpoint(serve, endpoint, body):
    sdk = client(serve())
    made = create(sdk, [line(i, body, endpoint) for i in range(5)], endpoint, metadata={"night": "1"})
    assert (made.object, made.status, made.endpoint, made.completion_window) == ("batch", "validating", endpoint, "24h")
    assert made.metadata == {"night": "1"} and made.expires_at == made.created_at + 86_400
    assert made.output_file_id is None and made.request_counts.total == 0
    done = ended(sdk, made)
    assert done.status == "completed" and done.errors is None and done.error_file_id is None
    assert (done.request_counts.total, done.request_counts.completed, done.request_counts.failed) == (5, 5, 0)
    assert made.created_at <= done.in_progress_at <= done.finalizing_at <= done.completed_at
    lines = content(sdk, done.output_file_id)
    assert ids(lines) == ["0", "1", "2", "3", "4"]
    for entry in lines:
        assert entry["error"] is None and entry["response"]["status_code"] == 200 and entry["response"]["request_id"]
        assert entry["id"].startswith("batch_req_") and entry["response"]["body"]["model"].startswith(body["model"])
    assert len({entry["id"] for entry in lines}) == 5
    output = sdk.files.retrieve(done.output_file_id)
    assert output.purpose == "batch_output" and output.bytes == len(sdk.files.content(output.id).read())
    # It counts as what it is.
    assert sdk.batches.retrieve(made.id) == done


def test_jobs_are_listed_by_pages_and_belong_to_their_client(serve, tmp_path):
    config = tmp_path / "paddock.yaml"
    config.write_text(
        f"require_key: true\nadmin_token: the-admin-token\nclients:\n  alice: {{key: {KEYS[0]}}}\n  bob: {{key: {KEYS[1]}}}\n"
    )
    gateway = serve("--config", str(config))
    alice, bob = client(gateway, KEYS[0]), client(gateway, KEYS[1])
    made = [create(alice, [line(i)]).id for i in range(5)]
    assert [batch.id for batch in alice.batches.list()] == made[::-1]
    first = alice.batches.list(limit=2)
    assert [batch.id for batch in first.data] == made[:2:-1] and first.has_more
    # The package asks for the next pages by itself.
    assert [batch.id for batch in alice.batches.list(limit=2)] == made[::-1]
    assert bob.batches.list().data == []
    for call in (bob.batches.retrieve, bob.batches.cancel, alice.batches.retrieve):
        with pytest.raises(openai.NotFoundError):
            call(made[0] if call != alice.batches.retrieve else "batch_none")
    file_id = upload(alice, [line(1)])
    with pytest.raises(openai.NotFoundError):
        bob.batches.create(input_file_id=file_id, endpoint=CHAT, completion_window="24h")
    with pytest.raises(openai.AuthenticationError):
        client(gateway, "wrong").batches.list()
    admin = {"Authorization": "Bearer the-admin-token"}
    listed = requests.get(f"{gateway.url}/admin/batches?limit=3", headers=admin, timeout=10).json()
    assert [entry["owner"] for entry in listed["data"]] == ["alice"] * 3 and listed["has_more"]
    shown = requests.get(f"{gateway.url}/admin/batches/{made[0]}", headers=admin, timeout=10).json()
    assert shown["owner"] == "alice" and shown["id"] == made[0]
    assert requests.get(f"{gateway.url}/admin/batches", timeout=10).status_code == 401
    foreign = {"Origin": "http://evil.example", "Authorization": f"Bearer {KEYS[0]}"}
    assert requests.get(f"{gateway.url}/v1/batches", headers=foreign, timeout=10).status_code == 403
    for batch in made:
        assert ended(alice, alice.batches.retrieve(batch)).status == "completed"
    usage = requests.get(f"{gateway.url}/usage", headers={"Authorization": f"Bearer {KEYS[0]}"}, timeout=10).json()
    assert sum(row["completed"] for row in usage["usage"]) == 5


@pytest.mark.parametrize(
    "change",
    [
        {"input_file_id": "file-none"}, {"endpoint": "/v1/moderations"}, {"completion_window": "31d"},
        {"completion_window": None}, {"metadata": {"a": 1}}, {"metadata": {f"k{i}": "v" for i in range(17)}},
        {"metadata": {"k" * 65: "v"}}, {"metadata": {"k": "v" * 513}}, {"metadata": []},
        {"output_expires_after": {"anchor": "created_at", "seconds": 3600}},
    ],
)
def test_what_is_wrong_with_a_job_is_said_at_once(serve, change):
    gateway = serve()
    body = {"input_file_id": upload(client(gateway), [line(1)]), "endpoint": CHAT, "completion_window": "24h", **change}
    reply = requests.post(f"{gateway.url}/v1/batches", json=body, timeout=10)
    assert reply.status_code == (404 if "input_file_id" in change else 400)
    assert next(iter(change)) in reply.json()["error"]["message"] or reply.status_code == 404


def test_without_a_folder_there_are_no_jobs(start, sim, serve, tmp_path):
    gateway = start("serve", "--port", "0", "--backend", sim.url)
    assert requests.get(f"{gateway.url}/v1/batches", timeout=10).status_code == 501
    off = serve(PADDOCK_BATCH_PARALLEL="0")
    with pytest.raises(openai.InternalServerError) as error:
        create(client(off), [line(1)])
    assert error.value.status_code == 501 and "batch_parallel" in str(error.value)


# MARK: Input files that are wrong


def test_all_problems_of_a_file_are_listed_with_their_lines(serve):
    sdk = client(serve())
    lines = [line(1), "nonsense", line(1), "", line(2, url="/v1/embeddings"), line(3, method="GET")]
    lines += [line(4, {"model": "llama2", "stream": True}), line(5, {"messages": []}), "[]", "[" * 5000]
    failed = ended(sdk, create(sdk, lines))
    assert failed.status == "failed" and failed.failed_at and failed.output_file_id is None
    found = [(error.line, error.code) for error in failed.errors.data]
    assert found == [
        (2, "invalid_json_line"), (3, "duplicate_custom_id"), (5, "url_mismatch"), (6, "invalid_method"),
        (7, "invalid_request"), (8, "missing_required_parameter"), (9, "invalid_json_line"), (10, "invalid_json_line"),
    ]
    assert all(error.message for error in failed.errors.data)
    with pytest.raises(openai.ConflictError):
        sdk.batches.cancel(failed.id)


@pytest.mark.parametrize(
    "lines, code",
    [
        (b"\n" * 900_000, "empty_file"),
        (b"\n" * (100 << 20), "too_many_tasks"),
        (b"x" * (3 << 20) + b"\n", "line_too_long"),
        (b"\n".join(line(i, {"model": "m"}).encode() for i in range(50_001)), "too_many_tasks"),
        (b'{"custom_id":"1","body":' + b"[" * 500_000, "invalid_json_line"),
        (b"\x00\xff" * 100_000, "invalid_json_line"),
    ],
    ids=["blank lines", "more of them", "a long line", "too many lines", "a bomb", "no text"],
)
def test_files_of_strangers_fail_and_do_no_harm(serve, lines, code):
    gateway = serve()
    sdk = client(gateway)
    made = create(sdk, lines)
    # Nobody waits for that.
    assert requests.get(f"{gateway.url}/health", timeout=10).status_code == 200
    failed = ended(sdk, made)
    assert failed.status == "failed" and failed.errors.data[0].code == code


def test_a_job_whose_requests_are_all_refused_is_completed_with_errors(serve):
    sdk = client(serve())
    long_name = "m" * 10_000
    lines = [line(i, {"model": f"unknown{i}", "messages": []}) for i in range(20)] + [line(99, {"model": long_name})]
    done = ended(sdk, create(sdk, lines))
    assert done.status == "completed" and done.output_file_id is None and done.request_counts.failed == 21
    for entry in content(sdk, done.error_file_id):
        assert 400 <= entry["response"]["status_code"] < 500 and entry["response"]["body"]["error"]["message"]


# MARK: Cancelling, expiry and limits


def test_a_cancelled_job_keeps_what_is_done(serve, backend):
    release, seen = threading.Event(), []

    def script(connection, request):
        seen.append(request)
        if len(seen) > 2:
            release.wait()
        send(connection, 200)

    gateway = serve("--parallel", "1", backend=backend(script).url)
    sdk = client(gateway)
    batch = create(sdk, [line(i) for i in range(10)])
    wait_until(lambda: sdk.batches.retrieve(batch.id).request_counts.completed == 2)
    cancelling = sdk.batches.cancel(batch.id)
    assert cancelling.status in ("cancelling", "cancelled") and cancelling.cancelling_at
    done = ended(sdk, batch)
    release.set()
    assert done.status == "cancelled" and done.cancelled_at and done.request_counts.completed == 2
    assert len(content(sdk, done.output_file_id)) == 2
    # Its slot is free, and its input can go.
    stats = requests.get(f"{gateway.url}/queue/stats", timeout=10).json()
    assert stats["models"]["llama2"]["active_requests"] == 0
    assert sdk.files.delete(batch.input_file_id).deleted


def test_files_that_a_live_job_needs_stay(serve, backend):
    gate = threading.Event()

    def script(connection, request):
        gate.wait()
        send(connection, 200)

    sdk = client(serve(backend=backend(script).url))
    batch = create(sdk, [line(1)])
    with pytest.raises(openai.ConflictError):
        sdk.files.delete(batch.input_file_id)
    gate.set()
    done = ended(sdk, batch)
    assert done.status == "completed" and sdk.files.delete(batch.input_file_id).deleted
    assert sdk.files.delete(done.output_file_id).deleted


def test_a_client_has_a_hundred_live_jobs_at_most(serve, backend):
    def script(connection, request):
        send(connection, 503, b"{}", b"Retry-After: 1\r\n")

    gateway = serve(backend=backend(script).url)
    sdk = client(gateway)
    file_id = upload(sdk, [line(1)])
    for _ in range(100):
        sdk.batches.create(input_file_id=file_id, endpoint=CHAT, completion_window="24h")
    with pytest.raises(openai.RateLimitError):
        sdk.batches.create(input_file_id=file_id, endpoint=CHAT, completion_window="24h")
    metrics = requests.get(f"{gateway.url}/metrics", timeout=10).text
    assert "paddock_batch_jobs{status=" in metrics and "paddock_batch_files_bytes" in metrics


# MARK: Restarts


def test_a_killed_gateway_goes_on_with_what_is_missing(start, serve, tmp_path):
    slow = start("sim", "--port", "0", "--load-time", "0", "--prefill-rate", "100000", "--decode-rate", "2000", "--tokens", "20")
    count = 300
    process = serve(backend=slow.url)
    batch = create(client(process), [line(i) for i in range(count)])
    for _ in range(10):
        time.sleep(0.3)
        process.process.send_signal(signal.SIGKILL)
        process.process.wait(30)
        process = serve(backend=slow.url)
    sdk = client(process)
    done = ended(sdk, batch, 120)
    assert done.status == "completed"
    lines = content(sdk, done.output_file_id) + content(sdk, done.error_file_id)
    assert ids(lines) == sorted(str(i) for i in range(count))
    assert done.request_counts.completed + done.request_counts.failed == count


def test_a_graceful_stop_writes_what_has_ended(serve, backend):
    seen = []

    def script(connection, request):
        seen.append(request)
        send(connection, 200)

    scripted = backend(script)
    process = serve(backend=scripted.url)
    batch = create(client(process), [line(i) for i in range(200)])
    wait_until(lambda: len(seen) > 20)
    process.process.send_signal(signal.SIGTERM)
    process.process.wait(30)
    process = serve(backend=scripted.url)
    sdk = client(process)
    done = ended(sdk, batch)
    assert done.status == "completed" and ids(content(sdk, done.output_file_id)) == sorted(str(i) for i in range(200))
    # None ran twice.
    assert len(seen) == 200




# MARK: Backends that fail


def test_a_backend_that_is_down_for_a_while_costs_no_line(start, serve, tmp_path):
    first = start("sim", "--port", str(free_port()), "--fast", "--tokens", "4")
    gateway = serve(backend=first.url)
    sdk = client(gateway)
    batch = create(sdk, [line(i) for i in range(400)])
    wait_until(lambda: sdk.batches.retrieve(batch.id).request_counts.completed > 20)
    first.stop()
    time.sleep(3)
    start("sim", "--port", str(first.port), "--fast", "--tokens", "4")
    done = ended(sdk, batch, 120)
    assert (done.request_counts.completed, done.request_counts.failed) == (400, 0)
    assert ids(content(sdk, done.output_file_id)) == sorted(str(i) for i in range(400))


def test_a_failing_request_is_tried_four_times_and_a_wrong_one_once(serve, backend):
    tries = {}

    def script(connection, request):
        text = json.loads(request[1])["messages"][0]["content"]
        tries[text] = tries.get(text, 0) + 1
        kind = text.split()[-1]
        if kind == "wrong":
            send(connection, 400, b'{"error":{"message":"no"}}')
        elif kind == "broken" or (kind == "once" and tries[text] == 1):
            send(connection, 500, b'{"error":{"message":"oh"}}')
        elif kind == "limited" and tries[text] < 3:
            send(connection, 429, b"{}", b"Retry-After: 1\r\n")
        elif kind == "off" and tries[text] == 1:
            return "close"
        else:
            send(connection, 200, b'{\n "ok":\n true }\n')

    sdk = client(serve(backend=backend(script).url))
    kinds = ["wrong", "broken", "once", "limited", "off", "right"]
    lines = [line(kind, {"model": kind, "messages": [{"role": "user", "content": kind}]}) for kind in kinds]
    done = ended(sdk, create(sdk, lines), 120)
    assert ids(content(sdk, done.output_file_id)) == ["limited", "off", "once", "right"]
    failed = {entry["custom_id"]: entry["response"]["status_code"] for entry in content(sdk, done.error_file_id)}
    assert failed == {"wrong": 400, "broken": 500}
    assert tries == {"wrong": 1, "broken": 4, "once": 2, "limited": 3, "off": 2, "right": 1}


# MARK: Sharing


def test_clients_share_the_slots_and_interactive_requests_go_first(serve, backend, tmp_path):
    order, gate = [], threading.Event()

    def script(connection, request):
        text = json.loads(request[1])["messages"][0]["content"]
        order.append(text)
        gate.wait()
        send(connection, 200, b'{"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}')

    config = tmp_path / "paddock.yaml"
    # By tokens, as the time of a request is a matter of chance.
    config.write_text(f"clients:\n  alice: {{key: {KEYS[0]}}}\n  bob: {{key: {KEYS[1]}}}\nbatch_parallel: 4\nfairness_by: tokens\n")
    gateway = serve("--config", str(config), "--parallel", "1", backend=backend(script).url)
    alice, bob = client(gateway, KEYS[0]), client(gateway, KEYS[1])

    def body(text):
        return {"model": "llama2", "messages": [{"role": "user", "content": text}]}

    jobs = [create(alice, [line(i, body(f"alice{job}")) for i in range(250)]) for job in range(2)]
    wait_until(lambda: order)
    jobs.append(create(bob, [line(i, body("bob")) for i in range(20)]))
    stats = lambda: requests.get(f"{gateway.url}/queue/stats", timeout=10).json()["models"]["llama2"]
    wait_until(lambda: stats()["queued_requests"] == 3)
    asked = threading.Thread(target=lambda: alice.chat.completions.with_raw_response.create(**body("interactive")))
    asked.start()
    wait_until(lambda: stats()["queued_requests"] == 4)
    gate.set()
    asked.join(20)
    # One was at the backend when it came.
    assert order.index("interactive") == 1
    assert ended(bob, jobs[2]).status == "completed"
    begun = order[: order.index("bob") + 60]
    assert begun.count("bob") == 20, "a client with one job waits for one with two"
    for job in jobs[:2]:
        assert ended(alice, job).status == "completed"
    assert order.index("alice1") > 200, "the jobs of one client run one after the other"


# MARK: No room


def test_without_room_for_the_output_a_job_waits_and_can_be_cancelled(serve, backend):
    def script(connection, request):
        send(connection, 200, b'{"text":"' + b"x" * 20_000 + b'"}')

    # Room for the inputs, and for a few lines.
    gateway = serve(backend=backend(script).url, PADDOCK_BATCH_FILES_MAX="100KiB")
    sdk = client(gateway)
    batch = create(sdk, [line(i) for i in range(20)])
    wait_until(lambda: any("cannot be written" in text for text in gateway.lines))
    progress = sdk.batches.retrieve(batch.id)
    assert progress.status == "in_progress" and 0 < progress.request_counts.completed < 20
    sdk.batches.cancel(batch.id)
    done = ended(sdk, batch)
    assert done.status == "cancelled"
    assert len(content(sdk, done.output_file_id)) == done.request_counts.completed < 20


@pytest.fixture
def disk(make_disk):
    """A file system of 4 MiB."""
    return make_disk("4m")


def test_a_disk_that_is_full_for_a_while_costs_no_line(serve, backend, disk):
    gate, seen = threading.Event(), []

    def script(connection, request):
        seen.append(request)
        if len(seen) > 10:
            gate.wait()
        send(connection, 200, b'{"text":"' + b"x" * 10_000 + b'"}')

    gateway = serve(backend=backend(script).url, PADDOCK_STATE=str(disk))
    sdk = client(gateway)
    batch = create(sdk, [line(i) for i in range(40)])
    wait_until(lambda: sdk.batches.retrieve(batch.id).request_counts.completed == 10)
    filler = disk / "filler"
    with open(filler, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 1000)
        except OSError:
            pass
    gate.set()
    wait_until(lambda: any("cannot be written" in text for text in gateway.lines))
    # The requests whose lines wait keep their places, so nothing runs in vain.
    assert sdk.batches.retrieve(batch.id).status == "in_progress" and len(seen) < 20
    filler.unlink()
    done = ended(sdk, batch)
    assert done.status == "completed" and done.request_counts.completed == 40
    assert ids(content(sdk, done.output_file_id)) == sorted(str(i) for i in range(40)) and len(seen) == 40


def test_thousands_of_requests_take_no_memory_for_their_bodies(serve, backend):
    def script(connection, request):
        send(connection, 200)

    gateway = serve(backend=backend(script).url, PADDOCK_BATCH_PARALLEL="16")
    sdk = client(gateway)
    filler = "x" * 5_000
    lines = [line(i, {"model": "llama2", "messages": [{"role": "user", "content": filler}]}) for i in range(2_000)]
    before = memory(gateway)
    done = ended(sdk, create(sdk, lines), 120)
    assert done.request_counts.completed == 2_000
    # The bodies have 10 MB.
    assert memory(gateway) - before < 8 << 20


def memory(gateway):
    with open(f"/proc/{gateway.process.pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
