"""What each client does and did, and who may go on: /queue/clients, /admin/clients and paddock clients."""
import contextlib
import json
import socket
import subprocess
import threading

import pytest
import requests
from conftest import PADDOCK, wait_until


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


def test_who_runs_and_waits(declare, holding):
    gateway = declare(holding)
    threads = [
        threading.Thread(target=generate, args=[gateway], kwargs={"user": user}) for user in ["flood"] * 5 + ["light"]
    ]
    for thread in threads:
        thread.start()
    wait_until(lambda: sum(client["running"] + client["waiting"] for client in clients(gateway).values()) == 6)
    listed = clients(gateway)
    assert sum(client["running"] for client in listed.values()) == 1
    # The busiest is first.
    assert list(listed)[0] == "user:flood"
    holding.go.set()
    for thread in threads:
        thread.join()
    assert all(client["running"] == client["waiting"] == 0 for client in clients(gateway).values())


def order(gateway, verb, client, **more):
    return requests.post(f"{gateway.url}/admin/clients/{verb}", json={"client": client, **more})


def waiting_for(gateway):
    return {
        (request["client"], request["waiting_for"])
        for request in requests.get(f"{gateway.url}/queue/requests").json()["requests"] if request["state"] == "queued"
    }


def test_pause_and_resume(declared):
    assert order(declared, "pause", "user:flood").json() == {
        "client": "user:flood", "paused": True, "cap": None, "known": False, "status": "paused"}
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(generate(declared, user="flood").status_code)) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    wait_until(lambda: clients(declared).get("user:flood", {}).get("waiting") == 3)
    # Others are not held up, though all the flood came before.
    assert generate(declared, user="light").status_code == 200
    assert waiting_for(declared) == {("user:flood", "paused")}
    listed = clients(declared)["user:flood"]
    assert listed["paused"] and listed["running"] == 0 and answers == []
    assert order(declared, "resume", "user:flood").json()["known"]
    for thread in threads:
        thread.join()
    assert answers == [200] * 3 and not clients(declared)["user:flood"]["paused"]
    events = requests.get(f"{declared.url}/queue/events").json()["events"][:2]
    assert [(event["kind"], event["client"], event["before"], event["after"]) for event in events] == [
        ("client_resumed", "user:flood", "paused, no cap", "no cap"),
        ("client_paused", "user:flood", "no cap", "paused, no cap")]
    # What is so already is no event.
    order(declared, "resume", "user:flood")
    assert requests.get(f"{declared.url}/queue/events").json()["events"][:2] == events


def test_a_paused_client_times_out_at_its_deadline(declared):
    order(declared, "pause", "alice")
    reply = requests.post(
        f"{declared.url}/api/generate", headers={"Authorization": "Bearer alice-key", "X-Request-Timeout": "1"},
        json={"model": "llama2", "prompt": "Hello", "stream": False})
    assert reply.status_code in (503, 504)


def test_a_cap_of_what_runs_at_once(declare, holding):
    gateway = declare(holding)
    requests.post(f"{gateway.url}/admin/queue/update", json={"model": "llama2", "parallel_limit": 4})
    assert order(gateway, "cap", "127.0.0.1", parallel=2).json()["cap"] == 2
    threads = [threading.Thread(target=generate, args=[gateway]) for _ in range(5)]
    for thread in threads:
        thread.start()
    wait_until(lambda: clients(gateway).get("127.0.0.1", {}).get("waiting", 0) == 3)
    assert clients(gateway)["127.0.0.1"]["running"] == 2 and waiting_for(gateway) == {("127.0.0.1", "limit")}
    assert order(gateway, "cap", "127.0.0.1", parallel=None).json()["status"] == "capped"
    wait_until(lambda: clients(gateway)["127.0.0.1"]["running"] == 4)
    holding.go.set()
    for thread in threads:
        thread.join()


def test_orders_survive_a_restart_and_are_settings(start, sim, tmp_path):
    environment = {"PADDOCK_STATE": str(tmp_path / "state")}
    first = start("serve", "--port", "0", "--backend", sim.url, environment=environment)
    order(first, "pause", "user:böse.paused")
    order(first, "cap", "10.0.0.7", parallel=3)
    order(first, "pause", "gone")
    order(first, "resume", "gone")
    first.stop()
    second = start("serve", "--port", "0", "--backend", sim.url, environment=environment)
    settings = requests.get(f"{second.url}/admin/settings").json()["settings"]
    assert {setting["key"]: setting["value"] for setting in settings} == {
        "clients.user:böse.paused.paused": "true", "clients.10.0.0.7.cap": "3"}
    assert order(second, "cap", "user:böse.paused", parallel=1).json()["paused"]
    unset = requests.post(f"{second.url}/admin/settings/unset", json={"key": "clients.user:böse.paused.paused"})
    assert unset.json()["value"] == "false"
    assert order(second, "cap", "user:böse.paused", parallel=1).json()["paused"] is False
    order(second, "pause", "127.0.0.1")
    second.stop()
    third = start("serve", "--port", "0", "--backend", sim.url, environment=environment)
    thread = threading.Thread(target=generate, args=[third])
    thread.start()
    wait_until(lambda: waiting_for(third) == {("127.0.0.1", "paused")})
    order(third, "resume", "127.0.0.1")
    thread.join()


def test_bad_orders_change_nothing(declared):
    for body in (
        {}, {"client": ""}, {"client": "a\nb"}, {"client": "a\u202eb"}, {"client": "x" * 257}, {"client": 1}, [], {"name": "alice"},
        {"client": "alice", "parallel": 1},
    ):
        reply = requests.post(f"{declared.url}/admin/clients/pause", json=body)
        assert reply.status_code == 400 and reply.json()["code"] == "invalid_request", body
    for cap in (0, -1, 10_001, "2", 1.5):
        assert order(declared, "cap", "alice", parallel=cap).status_code == 400
    assert requests.get(f"{declared.url}/admin/settings").json() == {"settings": []}
    assert order(declared, "pause", "x" * 250).status_code == 200
    for number in range(999):
        assert order(declared, "pause", f"name-{number}").status_code == 200
    assert order(declared, "pause", "one-more").json()["code"] == "too_many_orders"
    assert order(declared, "cap", "name-1", parallel=1).status_code == 200
    assert order(declared, "resume", "name-2").status_code == 200 and order(declared, "pause", "one-more").status_code == 200


def test_two_operators_at_once(start, sim, tmp_path):
    environment = {"PADDOCK_STATE": str(tmp_path / "state")}
    gateway = start("serve", "--port", "0", "--backend", sim.url, environment=environment)

    def order_often(verb):
        for _ in range(30):
            assert order(gateway, verb, "alice").status_code == 200

    threads = [threading.Thread(target=order_often, args=[verb]) for verb in ("pause", "resume")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    last = requests.get(f"{gateway.url}/queue/events", params={"kind": "client_paused,client_resumed"}).json()["events"][0]
    kept = requests.get(f"{gateway.url}/admin/settings").json()["settings"]
    assert (last["kind"] == "client_paused") == (len(kept) == 1)
    gateway.stop()
    again = start("serve", "--port", "0", "--backend", sim.url, environment=environment)
    assert requests.get(f"{again.url}/admin/settings").json()["settings"] == kept


def run(*arguments):
    return subprocess.run([PADDOCK, *arguments], capture_output=True, text=True, timeout=30)


def test_the_command(declared):
    generate(declared, "alice-key")
    listed = run("clients", "--url", declared.url)
    assert listed.returncode == 0 and "alice" in listed.stdout and "WAIT P90" in listed.stdout, listed.stderr
    paused = run("clients", "pause", "nobody", "--url", declared.url)
    assert paused.returncode == 0 and "resume nobody" in paused.stdout and "no client of that name" in paused.stdout
    capped = run("clients", "cap", "alice", "2", "--url", declared.url)
    assert "at most 2 at once" in capped.stdout and "cap alice none" in capped.stdout
    assert "cap 2" in run("clients", "--client", "alice", "--url", declared.url).stdout
    assert run("clients", "cap", "alice", "0", "--url", declared.url).returncode == 64
    assert run("clients", "--sort", "colour", "--url", declared.url).returncode == 65
    assert json.loads(run("clients", "resume", "nobody", "--json", "--url", declared.url).stdout)["status"] == "resumed"


def listed_requests(gateway, **query):
    return requests.get(f"{gateway.url}/queue/requests", params=query).json()["requests"]


def test_what_requests_and_connections_do(start, declare):
    slow = start("sim", "--port", "0", "--load-time", "0", "--decode-rate", "20", "--tokens", "60")
    gateway = declare(slow)
    body = {"model": "llama2", "prompt": "Hello", "options": {"num_predict": 2_000}}
    stream = requests.post(f"{gateway.url}/api/generate", json=body, stream=True)
    waiting = threading.Thread(target=generate, args=[gateway, "alice-key"], kwargs={"options": {"num_predict": 1}})
    waiting.start()
    wait_until(lambda: len(listed_requests(gateway)) == 2 and (listed_requests(gateway)[0]["tokens"] or 0) > 2)
    active, queued = listed_requests(gateway)
    assert active["state"] == "active" and active["address"] == "127.0.0.1" and active["stalled"] is None
    assert active["deadline_ms"] is None and active["last_token_ms"] < 5_000
    assert queued["tokens"] is None and 0 < queued["deadline_ms"] <= 300_000 and queued["client"] == "alice"
    assert "address" not in requests.get(f"{gateway.url}/queue/requests/{active['id']}").json()
    assert [entry["id"] for entry in listed_requests(gateway, client="alice")] == [queued["id"]]
    assert [entry["id"] for entry in listed_requests(gateway, state="active")] == [active["id"]]
    survey = requests.get(f"{gateway.url}/queue/connections").json()
    assert survey["total_addresses"] == 1 and survey["total"] >= 2
    address = survey["addresses"][0]
    assert address["address"] == "127.0.0.1" and address["waiting"] == 1 and address["active"] >= 1
    assert address["not_reading"] == 0
    assert clients(gateway)["alice"]["connections"] == 1
    stats = requests.get(f"{gateway.url}/queue/stats").json()["models"]["llama2"]["batch"]
    assert stats == {"waiting": 0, "oldest_ms": None, "running": 0, "share": 0}
    stream.close()
    waiting.join()
    assert generate(gateway, "night-key").status_code == 200
    assert requests.get(f"{gateway.url}/queue/stats").json()["models"]["llama2"]["batch"]["share"] > 0.3
    ended = listed_requests(gateway, state="ended", limit=2)
    assert [entry["client"] for entry in ended] == ["night", "alice"] and ended[0]["outcome"] == "completed"
    assert {entry["client"] for entry in listed_requests(gateway, outcome="cancelled")} == {"127.0.0.1"}
    assert listed_requests(gateway, cause="queue_full") == [] == listed_requests(gateway, cause="5xx")
    assert {entry["status"] for entry in listed_requests(gateway, cause="2xx")} == {200}
    for query in ({"state": "gone"}, {"state": "active", "outcome": "failed"}, {"limit": 0}):
        assert requests.get(f"{gateway.url}/queue/requests", params=query).status_code == 400


def test_a_client_that_does_not_read(start, backend):
    line = b'{"response":"' + b"x" * 65_000 + b'","done":false}\n'

    def script(connection, head):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(2_000):
            connection.sendall(b"%x\r\n%s\r\n" % (len(line), line))

    engine = backend(script)
    gateway = start("serve", "--port", "0", "--backend", engine.url)
    body = b'{"model":"llama2"}'
    client = socket.create_connection(("127.0.0.1", gateway.port))
    client.sendall(b"POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    wait_until(lambda: [entry["stalled"] for entry in listed_requests(gateway)] == ["client"])
    entry = listed_requests(gateway)[0]
    assert entry["stalled_ms"] >= 2_000 and entry["tokens"] > 0
    assert requests.get(f"{gateway.url}/queue/connections").json()["addresses"][0]["not_reading"] == 1
    client.close()
    wait_until(lambda: listed_requests(gateway) == [])


def test_many_connections_are_all_counted(sim, start):
    gateway = start("serve", "--port", "0", "--backend", sim.url)
    with contextlib.ExitStack() as stack:
        # More than are looked at in one turn of an event loop, even if there are two.
        for _ in range(1_300):
            stack.enter_context(socket.create_connection(("127.0.0.1", gateway.port)))

        def counted():
            address = requests.get(f"{gateway.url}/queue/connections").json()["addresses"][0]
            return address["idle"] >= 1_300 and address

        assert wait_until(counted)["connections"] <= 1_310
