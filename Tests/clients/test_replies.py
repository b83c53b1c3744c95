"""What backends answered, by class of status, and what a 504 says of its request."""

import json
import threading

import pytest
import requests

from conftest import wait_until

WHOLE = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{}\n\r\n"
ANSWERS = {
    "fine": WHOLE % b"200 OK",
    "hints": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + WHOLE % b"200 OK",
    "continue": b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE % b"201 Created",
    "moved": WHOLE % b"302 Found",
    "missing": WHOLE % b"404 Not Found",
    "broken": WHOLE % b"500 Internal Server Error",
    "odd": WHOLE % b"999 Odd",
    "nonsense": b"what?\r\n\r\n",
    "nothing": b"",
}


#: The client has the head of a reply that breaks off: before that it would be a 502.
begun = threading.Event()


def script(connection, request):
    prompt = json.loads(request[1])["prompt"]
    if prompt == "silence":
        threading.Event().wait(3)
        return "close"
    if prompt == "stall":
        connection.sendall(STREAM)
        threading.Event().wait(4)
        return "close"
    if prompt == "broken off":
        connection.sendall(STREAM)
        begun.wait()
        return "close"
    connection.sendall(ANSWERS[prompt])
    return "close" if prompt in ("nonsense", "nothing") else None


@pytest.fixture
def gateway(start, backend):
    scripted = backend(script)
    gateway = start("serve", "--port", "0", "--backend", scripted.url, "--timeout", "2")
    gateway.backend = scripted.url
    return gateway


def ask(gateway, prompt, model="llama2", path="/api/generate", **fields):
    return requests.post(gateway.url + path, json={"model": model, "prompt": prompt}, timeout=20, allow_redirects=False, **fields)


def stats(gateway, query=""):
    return requests.get(gateway.url + "/queue/stats" + query, timeout=10).json()


def test_each_reply_counts_in_the_class_of_its_status(gateway):
    for prompt in ("fine", "fine", "hints", "continue", "moved", "missing", "broken", "odd", "nonsense", "nothing"):
        ask(gateway, prompt)
    begun.clear()
    with ask(gateway, "broken off", stream=True) as reply:
        begun.set()
        with pytest.raises(requests.exceptions.RequestException):
            reply.content
    wait_until(lambda: stats(gateway, "?model=llama2")["total_failed"] == 3)
    model = stats(gateway, "?model=llama2")
    classes = {"2xx": 5, "3xx": 1, "4xx": 1, "5xx": 2}
    assert model["replies"] == classes
    assert model["replies_by_backend"] == [{"backend": gateway.backend, **classes}]
    # The stream that broke off had a head of 200; what is no HTTP had none.
    assert (model["total_processed"], model["total_error_replies"], model["total_failed"]) == (8, 3, 3)
    recent = model["recent"]
    assert recent["replies"] == classes and (recent["completed"], recent["failed"], recent["requests"]) == (8, 3, 11)
    whole = stats(gateway)
    assert whole["replies"] == whole["recent"]["replies"] == whole["backends"][0]["replies"] == classes
    metrics = requests.get(gateway.url + "/metrics", timeout=10).text
    for name, count in classes.items():
        labelled = f'paddock_replies_total{{model="llama2",backend="{gateway.backend}",class="{name}"}} '
        unlabelled = f'paddock_replies_total{{backend="{gateway.backend}",class="{name}"}} '
        # The first answer made the model known.
        assert metrics.count(labelled) == 1 and f"{labelled}{count - (name == '2xx')}\n" in metrics
        assert (unlabelled in metrics) == (name == "2xx")


def test_names_that_no_backend_has_are_told_together(gateway):
    for number in range(3):
        assert ask(gateway, "missing", model=f"mistyped-{number}").status_code == 404
    whole = stats(gateway)
    assert whole["models"] == {} and whole["replies"]["4xx"] == 3
    unknown = whole["unknown_models"]
    assert (unknown["total_requests"], unknown["replies"]["4xx"], unknown["recent"]["requests"]) == (3, 3, 3)
    history = requests.get(gateway.url + "/dashboard/history?range=24h", timeout=10).json()
    assert (history["range"], history["interval_seconds"]) == ("24h", 60)
    assert requests.get(gateway.url + "/dashboard/history?range=1h", timeout=10).status_code == 400


@pytest.mark.parametrize("path, inside", (("/api/generate", None), ("/v1/completions", "error"), ("/v1/messages", "error")))
def test_a_504_says_what_the_request_was_waiting_for(gateway, path, inside):
    reply = ask(gateway, "silence", path=path, headers={"X-Request-Timeout": "1"})
    body = reply.json()[inside] if inside else reply.json()
    assert (reply.status_code, body["cause"], body["deadline_ms"]) == (504, "backend_silent", 1000)
    assert "silent since 20" in body["message"]
    record = requests.get(f"{gateway.url}/queue/requests/{reply.headers['X-Request-Id']}", timeout=10).json()
    assert (record["cause"], record["deadline_ms"]) == ("backend_silent", 1000)


def test_a_504_of_a_waiting_request_says_how_many_were_in_front(gateway):
    requests.post(gateway.url + "/admin/queue/update", json={"model": "llama2", "parallel_limit": 1}, timeout=10)
    others = [threading.Thread(target=ask, args=(gateway, "silence")) for _ in range(2)]
    for number, other in enumerate(others, 1):
        other.start()
        wait_until(lambda: sum(stats(gateway)["models"]["llama2"][f"{state}_requests"] for state in ("active", "queued")) == number)
    reply = ask(gateway, "fine", headers={"X-Request-Timeout": "0.5"})
    body = reply.json()
    assert (reply.status_code, body["cause"], body["deadline_ms"]) == (504, "waiting", 500)
    assert "1 in front of it at its arrival, 1 at the end" in body["message"]
    for other in others:
        other.join()


def test_a_stream_that_stalls_ends_with_its_cause(gateway):
    with requests.post(gateway.url + "/api/generate", json={"model": "llama2", "prompt": "stall"}, stream=True, timeout=20) as reply:
        lines = []
        with pytest.raises(requests.exceptions.RequestException):
            for line in reply.iter_lines():
                lines.append(json.loads(line))
    assert (lines[-1]["code"], lines[-1]["cause"], lines[-1]["deadline_ms"]) == ("timeout", "stream_stalled", 2000)
