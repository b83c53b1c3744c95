"""Models that operators unload, pin and unpin at run time."""
import json
import subprocess

import pytest
import requests
from conftest import PADDOCK, wait_until

TOKEN = {"Authorization": "Bearer secret"}


@pytest.fixture
def gateway(start, tmp_path):
    """A gateway in front of a simulated Ollama that has room for one model; makes another one in its place, too."""
    host = start("sim", "--port", "0", "--fast", "--max-loaded-models", "1", "--model", "llama2", "--model", "mistral")
    running = []

    def make():
        for old in running:
            old.process.terminate()
            old.process.wait(30)
        gateway = start(
            "serve", "--port", "0", "--backend", host.url, "--access-log", "off",
            environment={"PADDOCK_ADMIN_TOKEN": "secret", "PADDOCK_STATE": str(tmp_path / "state")},
        )
        gateway.host = host
        running.append(gateway)
        return gateway

    first = make()
    first.again = make
    return first


def ask(gateway, model, **more):
    reply = requests.post(f"{gateway.url}/api/generate", json={"model": model, "prompt": "hi", "stream": False, **more})
    assert reply.status_code == 200


def order(gateway, action, body, **options):
    return requests.post(f"{gateway.url}/admin/models/{action}", json=body, **{"headers": TOKEN, **options})


def loaded(gateway):
    return [model["model"].removesuffix(":latest") for model in requests.get(f"{gateway.host.url}/api/ps").json()["models"]]


def events(gateway):
    listed = requests.get(f"{gateway.url}/queue/events?kind=model_unloaded,model_pinned,model_unpinned", headers=TOKEN)
    return [(event["kind"], event["model"], event["by"]) for event in listed.json()["events"]]


def residents(gateway):
    backend = requests.get(f"{gateway.url}/queue/stats").json()["backends"][0]
    return [(one["model"], one["reason"]) for one in backend["residents"]] if backend["observed"] else None


def test_a_model_is_unloaded(gateway):
    wait_until(lambda: residents(gateway) == [])
    assert order(gateway, "unload", {"model": "llama2"}).json()["code"] == "not_loaded"
    ask(gateway, "llama2", keep_alive=-1)
    assert loaded(gateway) == ["llama2"]
    reply = order(gateway, "unload", {"model": "LLAMA2:latest", "backend": gateway.host.url})
    assert reply.json() == {
        "model": "llama2", "backends": [{"url": gateway.host.url, "unloaded": True}], "active_requests": 0, "status": "unloaded",
    }
    wait_until(lambda: loaded(gateway) == [])
    assert residents(gateway) == []
    assert order(gateway, "unload", {"model": "llama2"}).status_code == 404
    ask(gateway, "llama2")
    assert loaded(gateway) == ["llama2"]
    assert events(gateway) == [("model_unloaded", "llama2", "token")]


def test_a_pinned_model_is_loaded_stays_and_is_not_unloaded(gateway):
    wait_until(lambda: residents(gateway) == [])
    assert order(gateway, "pin", {"model": "llama2"}).json() == {
        "model": "llama2", "pinned": True, "loaded": False, "status": "pinned",
    }
    wait_until(lambda: residents(gateway) == [("llama2", "pinned")], 30)
    assert order(gateway, "unload", {"model": "llama2"}).json()["code"] == "model_pinned"
    assert order(gateway, "pin", {"model": "llama2"}).json()["loaded"]
    gateway = gateway.again()
    assert [(one["key"], one["value"]) for one in requests.get(f"{gateway.url}/admin/settings", headers=TOKEN).json()["settings"]] == [
        ("models.llama2.pinned", "true")
    ]
    assert order(gateway, "unload", {"model": "llama2"}).json()["code"] == "model_pinned"
    assert order(gateway, "unpin", {"model": "llama2"}).json()["status"] == "unpinned"
    assert events(gateway) == [("model_unpinned", "llama2", "token"), ("model_pinned", "llama2", "token")]
    wait_until(lambda: residents(gateway) is not None)
    ask(gateway, "mistral")
    assert loaded(gateway) == ["mistral"]


def test_strangers_and_wrong_bodies_change_nothing(gateway):
    long = "x" * 250
    for action in ("unload", "pin", "unpin"):
        assert order(gateway, action, {"model": "llama2"}, headers={}).status_code == 401
        assert order(gateway, action, {"model": "llama2"}, headers={"Authorization": "Bearer wrong"}).status_code == 401
        foreign = {**TOKEN, "Origin": "http://evil.example"}
        assert order(gateway, action, {"model": "llama2"}, headers=foreign).status_code == 403
        assert requests.get(f"{gateway.url}/admin/models/{action}", headers=TOKEN).status_code == 405
        for body in ([], {}, {"model": 1}, {"model": ""}, {"model": "a", "more": 1}, {"model": ["a"]}):
            reply = order(gateway, action, body)
            assert (reply.status_code, reply.json()["code"]) == (400, "invalid_request"), (action, body)
        twice = requests.post(
            f"{gateway.url}/admin/models/{action}", data='{"model":"a","model":"b"}',
            headers={**TOKEN, "Content-Type": "application/json"},
        )
        assert twice.status_code == 400
        assert order(gateway, action, {"model": "x" * 20_000}).status_code == 413
    assert order(gateway, "pin", {"model": "llama2", "backend": gateway.host.url}).status_code == 400
    assert order(gateway, "pin", {"model": "gpt-oss:120b-cloud"}).status_code == 400
    assert order(gateway, "unload", {"model": "llama2", "backend": "nowhere"}).status_code in (400, 404)
    assert order(gateway, "unload", {"model": "llama2", "backend": "http://127.0.0.1:9"}).json()["code"] == "unknown_backend"
    wait_until(lambda: residents(gateway) == [])
    assert order(gateway, "unload", {"model": long}).status_code == 404
    assert events(gateway) == []
    assert order(gateway, "pin", {"model": long}).status_code == 200
    assert order(gateway, "unpin", {"model": long}).status_code == 200
    assert requests.get(f"{gateway.url}/admin/settings", headers=TOKEN).json()["settings"] == []


def test_the_commands_unload_pin_and_unpin(gateway):
    def paddock(*arguments):
        variables = {"PADDOCK_URL": gateway.url, "PADDOCK_ADMIN_TOKEN": "secret"}
        return subprocess.run([PADDOCK, *arguments], env=variables, capture_output=True, text=True, timeout=30)

    wait_until(lambda: residents(gateway) == [])
    refused = paddock("unload", "llama2")
    assert refused.returncode == 65 and refused.stderr.startswith("paddock: ") and "is not loaded" in refused.stderr
    ask(gateway, "llama2", keep_alive=-1)
    assert paddock("unload", "llama2").stdout == f"llama2 is unloaded on {gateway.host.url}\n"
    assert paddock("pin", "mistral").stdout == "mistral is pinned, and not loaded now\n"
    assert json.loads(paddock("unpin", "mistral", "--json").stdout)["status"] == "unpinned"
    assert paddock("unload").returncode == 64
