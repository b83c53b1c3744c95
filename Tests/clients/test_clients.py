"""What each client does and did: /queue/clients."""
import json
import threading

import pytest
import requests
from conftest import wait_until


@pytest.fixture
def declare(start, tmp_path):
    """Starts a gateway with one slot per model, on which alice is declared, and proxies on this machine are believed."""
    path = tmp_path / "paddock.yaml"
    path.write_text(json.dumps({
        "clients": {"alice": {"key": "alice-key", "weight": 2, "requests_per_minute": 100}, "night": {"key": "night-key", "class": "batch"}},
        "trusted_proxies": ["127.0.0.1"], "identity_headers": ["X-Forwarded-User"], "ollama_num_parallel": 1, "ollama_max_queue": 50,
    }))
    return lambda backend: start("serve", "--port", "0", "--backend", backend.url, "--config", str(path))


@pytest.fixture
def declared(declare, sim):
    return declare(sim)


def generate(gateway, key=None, user=None, **body):
    headers = {"Authorization": f"Bearer {key}"} if key else {"X-Forwarded-User": user} if user else {}
    return requests.post(
        f"{gateway.url}/api/generate", headers=headers,
        json={"model": "llama2", "prompt": "Hello", "stream": False, **body})


def clients(gateway, **query):
    answer = requests.get(f"{gateway.url}/queue/clients", params=query).json()
    assert answer["total"] >= len(answer["clients"])
    return {client["client"]: client for client in answer["clients"]}


def test_clients_with_what_they_do_and_did(declared):
    assert set(clients(declared)) == {"alice", "night"}
    assert clients(declared)["alice"]["key_last_used"] is None and clients(declared)["night"]["class"] == "batch"
    for _ in range(3):
        assert generate(declared, "alice-key").status_code == 200
    assert generate(declared, user="bob").status_code == 200
    assert generate(declared, "alice-key", model="").status_code == 400
    listed = clients(declared)
    alice, bob = listed["alice"], listed["user:bob"]
    assert (alice["requests"], alice["completed"], alice["refused"]) == (4, 3, 1)
    assert alice["tokens_in"] > 0 and alice["tokens_out"] > 0 and alice["wait_ms_p90"] >= 0
    assert alice["weight"] == 2 and alice["class"] == "interactive" and bob["class"] is None
    assert alice["key_last_used"] == alice["last_request"] and bob["key_last_used"] is None
    assert alice["quota"]["requests_of_minute"] == 3 and bob["quota"] is None
    assert abs(alice["share"] + bob["share"] - 1) < 0.001
    assert alice["fair_share"] + bob["fair_share"] == pytest.approx(1, abs=0.001)
    assert list(clients(declared, sort="requests", limit=1)) == ["alice"]
    assert list(clients(declared, client="user:bob")) == ["user:bob"] and clients(declared, client="nobody") == {}
    for query in ({"limit": 0}, {"limit": 1001}, {"limit": "x"}, {"sort": "weight"}):
        assert requests.get(f"{declared.url}/queue/clients", params=query).status_code == 400


def test_names_that_strangers_choose_are_shown_as_text(declared):
    names = ["x" * 128, "\u202egnp.exe", "<b>", '"; DROP TABLE', "a b"]
    for name in names:
        generate(declared, user=name.encode())
    listed = clients(declared)
    assert "user:" + "x" * 128 in listed and "user:<b>" in listed and "user:a b" in listed
    # What is not printable names nobody.
    assert not any("\u202e" in name for name in listed)


def test_others_see_how_many_there_are(start, sim):
    gateway = start("serve", "--port", "0", "--backend", sim.url, environment={"PADDOCK_ADMIN_TOKEN": "secret"})
    generate(gateway)
    assert requests.get(f"{gateway.url}/queue/clients").json() == {"total": 1}
    listed = requests.get(f"{gateway.url}/queue/clients", headers={"Authorization": "Bearer secret"}).json()
    assert listed["clients"][0]["client"] == "127.0.0.1"


def test_who_runs_and_waits(start, declare):
    slow = start("sim", "--port", "0", "--load-time", "0", "--decode-rate", "100", "--tokens", "40")
    gateway = declare(slow)
    threads = [
        threading.Thread(target=generate, args=[gateway], kwargs={"user": user}) for user in ["flood"] * 5 + ["light"]
    ]
    for thread in threads:
        thread.start()
    wait_until(lambda: clients(gateway).get("user:flood", {}).get("waiting", 0) >= 3)
    listed = clients(gateway)
    assert sum(client["running"] for client in listed.values()) == 1
    # The busiest is first.
    assert list(listed)[0] == "user:flood"
    for thread in threads:
        thread.join()
    assert all(client["running"] == client["waiting"] == 0 for client in clients(gateway).values())
