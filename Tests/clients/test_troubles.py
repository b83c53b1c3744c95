"""What is wrong now: `/queue/troubles`, `paddock status`, `paddock top` and `/health` say so while requests fail."""
import json
import os
import subprocess

import requests
from conftest import PADDOCK, wait_until


def troubles(gateway, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(f"{gateway.url}/queue/troubles", headers=headers, timeout=30).json()


def paddock(gateway, *arguments, **environment):
    return subprocess.run([PADDOCK, *arguments, "--url", gateway.url], capture_output=True, text=True, timeout=60,
                          env={**os.environ, **environment})


def ask(session, gateway, model, count=20):
    for _ in range(count):
        session.post(f"{gateway.url}/api/generate", json={"model": model, "prompt": "x", "stream": False}, timeout=30)


def kinds(gateway):
    return {trouble["kind"] for trouble in troubles(gateway)["troubles"]}


def test_no_surface_is_quiet_while_a_backend_answers_with_500(start):
    host = start("sim", "--port", "0", "--fast", "--tokens", "4")
    gateway = start("serve", "--port", "0", "--backend", host.url, "--access-log", "off")
    session = requests.Session()
    ask(session, gateway, "llama2")
    assert troubles(gateway) == {"troubles": [], "troubles_total": 0, "troubles_critical": 0}
    assert paddock(gateway, "status", "--exit-status").returncode == 0
    requests.post(f"{host.url}/sim/faults", json={"fault": "500"}, timeout=30)

    def critical():
        ask(session, gateway, "llama2", 5)
        return "errors" in kinds(gateway)
    wait_until(critical)
    listed = troubles(gateway)
    error = next(trouble for trouble in listed["troubles"] if trouble["kind"] == "errors")
    assert error["severity"] == "critical" and error["model"] == "llama2" and "llama2" in error["text"], error
    assert error["link"] == "#models/llama2"
    status = paddock(gateway, "status", "--exit-status")
    assert status.returncode == 1 and "critical: " in status.stdout.split("MODEL")[0], status
    assert "critical: " in paddock(gateway, "top", "--once").stdout
    assert requests.get(f"{gateway.url}/health", timeout=30).json()["status"] == "degraded"
    shown = json.loads(paddock(gateway, "status", "--json").stdout)
    assert shown["troubles"]["troubles_critical"] >= 1
    with requests.get(f"{gateway.url}/dashboard/events", stream=True, timeout=30) as events:
        first = next(line for line in events.iter_lines() if line.startswith(b"data: "))
        assert json.loads(first[6:])["troubles_critical"] >= 1


def test_a_mistyped_model_does_not_look_like_throughput(start, sim):
    from conftest import ScriptedBackend, answer_probe
    reply = b'{"error":"model \\"lama2\\" not found, try pulling it first"}'

    def script(connection, head, *_):
        if not answer_probe(connection, head):
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
                               b"Connection: close\r\n\r\n" % len(reply) + reply)

    backend = ScriptedBackend(script)
    gateway = start("serve", "--port", "0", "--backend", backend.url, "--access-log", "off")
    session = requests.Session()

    def told():
        ask(session, gateway, "lama2", 3)
        return next((t for t in troubles(gateway)["troubles"] if t["kind"] == "unknown_model" and "lama2" in t["text"]), None)
    trouble = wait_until(told, 15)
    assert trouble["severity"] == "warning" and trouble["link"] == "#models"
    assert "lama2" in paddock(gateway, "status").stdout


def test_a_gateway_without_a_backend_says_so_at_once(start):
    gateway = start("serve", "--port", "0", "--backend", "http://127.0.0.1:9", "--access-log", "off")
    trouble = wait_until(lambda: troubles(gateway)["troubles"])[0]
    assert trouble["kind"] == "no_backend" and trouble["severity"] == "critical", trouble
    assert paddock(gateway, "status", "--exit-status").returncode == 1


def test_names_reach_no_terminal_with_what_could_steer_it(start):
    host = start("sim", "--port", "0", "--fast", "--tokens", "4")
    gateway = start("serve", "--port", "0", "--backend", host.url, "--access-log", "off")
    session = requests.Session()
    name = "\x1b]0;owned\x07\u202e\n\r" + "x" * 230

    def named():
        ask(session, gateway, name, 5)
        return "owned" in requests.get(f"{gateway.url}/queue/troubles", timeout=30).text
    wait_until(named, 15)
    for arguments in (["status"], ["top", "--once"], ["status", "--json"]):
        shown = paddock(gateway, *arguments).stdout
        assert "owned" in shown
        assert not any(ord(character) < 0x20 and character != "\n" or character in "\u202e\x7f" for character in shown)
