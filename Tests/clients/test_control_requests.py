"""Loading and unloading models through a gateway: an unload takes no slot and reaches every backend that has the model."""
import json

import ollama
import pytest
import requests
from conftest import short, wait_until


def reply(connection, body, status=200):
    data = json.dumps(body).encode()
    connection.sendall(b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (status, len(data), data))


def loaded(sim):
    return [model["name"] for model in requests.get(f"{sim.url}/api/ps").json()["models"]]


def stats(gateway):
    return requests.get(f"{gateway.url}/queue/stats").json()["models"].get("llama2", {})


@pytest.fixture
def full(start):
    """A gateway whose one slot is taken, in front of a simulator; no request may wait."""
    sim = start("sim", "--port", "0", "--load-time", "0", "--decode-rate", "1", "--tokens", "1000")
    gateway = start("serve", "--port", "0", "--backend", sim.url, "--parallel", "1", "--max-queue", "0")
    held = requests.post(f"{gateway.url}/api/generate", json={"model": "llama2", "prompt": "x"}, stream=True)
    assert held.status_code == 200
    yield gateway
    held.close()


UNLOADS = [
    ("generate", {}),
    ("generate", {"prompt": ""}),
    ("generate", {"prompt": None, "keep_alive": 0.0}),
    ("generate", {"prompt": "", "suffix": "", "system": "", "template": "", "keep_alive": "0s", "options": None}),
    ("generate?x=1", {"keep_alive": "0"}),
    ("chat", {"messages": []}),
    ("chat", {"messages": None, "keep_alive": "-0h0m0.0s"}),
]


@pytest.mark.parametrize("path,fields", UNLOADS)
def test_an_unload_takes_no_slot(full, path, fields):
    before = stats(full)
    answer = requests.post(f"{full.url}/api/{path}", json={"model": "llama2:latest", "keep_alive": 0, **fields})
    assert answer.status_code == 200 and answer.json()["done_reason"] == "unload"
    assert not {name for name in answer.headers if name.lower().startswith("x-queue")}
    after = stats(full)
    for name in ("total_requests", "total_rejected", "active_requests", "queued_requests"):
        assert after[name] == before[name]


NO_UNLOADS = [
    ("generate", {"prompt": "x"}),
    ("generate", {"PROMPT": "x"}),
    ("generate", '{"model":"llama2","keep_alive":0,"pr\\u006fmpt":"x"}'),
    ("generate", '{"model":"llama2","keep_alive":0,"prompt":"x","prompt":""}'),
    ("generate", '{"model":"llama2","keep_alive":0,"prompt":"x","prompt":null}'),
    ("generate", '{"model":"llama2","keep_alive":"0s","keep_alive":null}'),
    ("generate", {"prompt": "", "images": ["eA=="]}),
    ("generate", {"prompt": " " * 5000}),
    ("generate", {"keep_alive": 1e-9}),
    ("generate", {"keep_alive": "1ns"}),
    ("generate", {"keep_alive": None}),
    ("generate", {"model": "llama2:cloud"}),
    ("chat", {"messages": [{"role": "user", "content": "x"}]}),
    ("chat", '{"model":"llama2","keep_alive":0,"me\u017fsages":[{"role":"user","content":"x"}]}'),
    ("chat", '{"model":"llama2","\u212aeep_alive":"5m","keep_alive":0,"messages":[]}'),
    ("embed", {"input": "x"}),
    ("embeddings", {"prompt": ""}),
    ("%67enerate", {}),
    ("../api//generate", {}),
    ("generate", '{"model":"llama2","keep_alive":0,"options":{},' + " " * 5000 + '"prompt":""}'),
]


@pytest.mark.parametrize("path,fields", NO_UNLOADS, ids=short)
def test_whatever_may_run_the_model_takes_a_slot(full, path, fields):
    # Its own model has the slot, all others their own queue, which the body above names, too.
    body = fields.encode() if isinstance(fields, str) else json.dumps({"model": "llama2", "keep_alive": 0, **fields}).encode()
    request = requests.Request("POST", f"{full.url}/api/x", data=body).prepare()
    request.url = f"{full.url}/api/{path}"
    answer = requests.Session().send(request)
    if b"cloud" in body:
        assert answer.headers["X-Queue-Position"] == "0"
    else:
        assert answer.status_code == 503 and answer.json()["code"] == "queue_full"


def test_a_load_takes_a_slot(full):
    for path, fields in (("generate", {}), ("generate", {"prompt": "", "keep_alive": "5m"}), ("chat", {"messages": []})):
        answer = requests.post(f"{full.url}/api/{path}", json={"model": "llama2", **fields})
        assert answer.status_code == 503


def test_an_unload_reaches_every_backend_that_has_the_model(start):
    sims = [start("sim", "--port", "0", "--fast") for _ in range(3)]
    urls = [argument for sim in sims for argument in ("--backend", sim.url)]
    gateway = start("serve", "--port", "0", *urls)
    client = ollama.Client(host=gateway.url)
    for sim in sims[:2]:
        assert requests.post(f"{sim.url}/api/generate", json={"model": "llama2"}).status_code == 200
        assert requests.post(f"{sim.url}/api/generate", json={"model": "mistral"}).status_code == 200
    assert client.generate("llama2", keep_alive=0).done_reason == "unload"
    assert [loaded(sim) for sim in sims] == [["mistral:latest"], ["mistral:latest"], []]
    assert client.chat("mistral:latest", keep_alive="0s").done_reason == "unload"
    assert [loaded(sim) for sim in sims] == [[], [], []]
    # No backend has it: Ollama's own answer, whatever it is.
    assert client.generate("llama2", keep_alive=0).done_reason == "unload"
    with pytest.raises(ollama.ResponseError) as error:
        client.generate("no-such-model", keep_alive=0)
    assert error.value.status_code == 404
    assert requests.get(f"{gateway.url}/queue/stats").json()["total_models"] == 0


def test_the_answers_are_one(start, backend):
    def script(status, *names):
        def run(connection, request):
            if request[0].startswith(b"GET /api/ps"):
                reply(connection, {"models": [{"name": name} for name in names]})
            else:
                reply(connection, {"done": True, "by": names}, status)

        return run

    def posts(scripted):
        return [(head, body) for head, body in scripted.requests if head.startswith(b"POST")]

    broken = backend(script(500, "llama2:latest"))
    good = backend(script(200, "library/LLAMA2:latest", "x"))
    other = backend(script(200, "mistral:latest"))
    silent = backend(lambda connection, request: "close" if request[0].startswith(b"POST") else connection.recv(1))
    urls = [argument for scripted in (broken, other, good, silent) for argument in ("--backend", scripted.url)]
    gateway = start("serve", "--port", "0", *urls)
    body = b'{ "model": "llama2", "keep_alive" : 0 }'
    answer = requests.post(
        f"{gateway.url}/api/generate", data=body, headers={"Authorization": "Bearer k", "X-Request-Id": "me"}
    )
    assert answer.status_code == 200 and answer.json()["by"] == ["library/LLAMA2:latest", "x"]
    assert answer.headers["X-Request-Id"] == "me"
    for scripted in (broken, good):
        ((head, sent),) = posts(scripted)
        assert sent == body and b"Authorization: Bearer k" in head and b"Host: 127.0.0.1:%d\r\n" % scripted.port in head
    assert not posts(other) and not posts(silent)


def test_an_unload_needs_a_key_where_all_do(start, tmp_path):
    sim = start("sim", "--port", "0", "--fast")
    (tmp_path / "paddock.yaml").write_text(
        f"port: 0\nbackends: [{sim.url}]\nrequire_key: true\nclients: {{alice: {{key: secret}}}}\n"
    )
    gateway = start("serve", folder=tmp_path)
    body = {"model": "llama2", "keep_alive": 0}
    assert requests.post(f"{gateway.url}/api/generate", json=body).status_code == 401
    answer = requests.post(f"{gateway.url}/api/generate", json=body, headers={"Authorization": "Bearer secret"})
    assert answer.json()["done_reason"] == "unload"


def test_a_client_that_leaves_while_backends_are_asked_leaves_nothing_behind(start, backend):
    silent = [backend(lambda connection, request: connection.recv(1)) for _ in range(2)]
    urls = [argument for scripted in silent for argument in ("--backend", scripted.url)]
    gateway = start("serve", "--port", "0", *urls)
    for _ in range(5):
        with pytest.raises(requests.exceptions.ReadTimeout):
            requests.post(f"{gateway.url}/api/generate", json={"model": "llama2", "keep_alive": 0}, timeout=0.2)
    assert requests.get(f"{gateway.url}/health").status_code == 200
    wait_until(lambda: all(scripted.closed.acquire(timeout=0) for scripted in silent))
