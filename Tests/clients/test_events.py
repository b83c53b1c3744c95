"""What happened, and who did it: `/queue/events` and `paddock events`."""
import json
import os
import signal
import subprocess

import pytest
import requests
from conftest import PADDOCK, wait_until


def events(gateway, token=None, **query):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(f"{gateway.url}/queue/events", params=query, headers=headers, timeout=30).json()["events"]


def paddock(gateway, *arguments, **environment):
    return subprocess.run([PADDOCK, *arguments, "--url", gateway.url], capture_output=True, text=True, timeout=60,
                          env={**os.environ, **environment})


@pytest.fixture
def serve(start, sim, tmp_path):
    def run(*arguments, **environment):
        return start("serve", "--port", "0", "--backend", sim.url, "--access-log", "off", *arguments,
                     environment={"PADDOCK_STATE": str(tmp_path / "state"), **environment})
    return run


def test_each_change_is_told_with_who_made_it(serve):
    gateway = serve()
    done = paddock(gateway, "set", "llama2", "--parallel", "7")
    assert "it was 4 at once" in done.stdout or "it was" in done.stdout, done
    back = done.stdout.split("paddock set ")[1].split(" sets")[0].split()
    assert paddock(gateway, "set", *back).returncode == 0
    for arguments in (["keys", "add", "alice"], ["keys", "rotate", "alice"], ["keys", "set", "alice", "--weight", "2"],
                      ["keys", "revoke", "alice"], ["reset", "llama2"], ["unset", "models.llama2.parallel_limit"]):
        paddock(gateway, *arguments)
    requests.post(f"{gateway.url}/admin/log", json={"level": "debug"}, headers={"User-Agent": "my tool/1"})
    gateway.process.send_signal(signal.SIGHUP)
    wait_until(lambda: events(gateway, kind="reloaded"))
    told = events(gateway)
    kinds = [event["kind"] for event in reversed(told)]
    assert kinds[:3] == ["started", "limits_set", "limits_set"], kinds
    assert kinds[3:7] == ["client_added", "client_rotated", "client_changed", "client_revoked"], kinds
    assert kinds[-2:] == ["log_level_set", "reloaded"], kinds
    first = told[-2]
    assert first["model"] == "llama2" and first["after"].startswith("7 at once") and first["by"] == "local", first
    assert first["address"] == "127.0.0.1" and first["tool"].startswith("paddock"), first
    assert told[1]["tool"] == "my tool/1" and (told[1]["before"], told[1]["after"]) == ("info", "debug")
    assert told[0]["by"] == "SIGHUP"
    numbers = [event["number"] for event in told]
    assert numbers == sorted(numbers, reverse=True)
    shown = paddock(gateway, "events", "--kind", "limits_set").stdout
    assert shown.count("limits_set") == 2 and "→ 7 at once" in shown, shown
    assert json.loads(paddock(gateway, "events", "--json", "--limit", "1").stdout)["events"][0]["kind"] == "reloaded"


def test_events_stay_over_a_restart(serve):
    gateway = serve()
    paddock(gateway, "set", "llama2", "--queue", "9")
    gateway.process.send_signal(signal.SIGTERM)
    gateway.process.wait(30)
    again = serve()
    kinds = [event["kind"] for event in reversed(events(again))]
    assert kinds == ["started", "limits_set", "draining", "started"]
    assert [event["kind"] for event in events(again, after=3)] == ["started"]


def test_a_backend_that_fails_and_comes_back_is_told(start, tmp_path):
    host = start("sim", "--port", "0", "--fast")
    gateway = start("serve", "--port", "0", "--backend", host.url, "--access-log", "off")
    os.kill(host.process.pid, signal.SIGKILL)
    down = wait_until(lambda: events(gateway, kind="backend_down"))[0]
    assert down["backend"] == host.url and down["trouble"] and down["reason"], down
    start("sim", "--port", str(host.port), "--fast")
    assert wait_until(lambda: events(gateway, kind="backend_up"))[0]["backend"] == host.url


def test_strangers_learn_kind_model_and_time_only(serve):
    gateway = serve(PADDOCK_ADMIN_TOKEN="secret")
    paddock(gateway, "set", "llama2", "--parallel", "7", PADDOCK_ADMIN_TOKEN="secret")
    paddock(gateway, "keys", "add", "alice", PADDOCK_ADMIN_TOKEN="secret")
    seen = events(gateway)
    assert [set(event) for event in seen] == [
        {"number", "time", "kind", "trouble"}, {"number", "time", "kind", "trouble", "model"}, {"number", "time", "kind", "trouble"}]
    assert events(gateway, client="alice") == seen, "what is not shown cannot be searched for"
    assert events(gateway, token="wrong") == seen
    told = events(gateway, token="secret", client="alice")
    assert [(event["client"], event["by"]) for event in told] == [("alice", "token")]


@pytest.mark.parametrize(("query", "says"), [
    ("limit=0", "1 to 1000"), ("limit=x", "1 to 1000"), ("after=-1", "number of an event"), ("kind=", "any of started"),
    ("kind=started,nothing", "any of started"),
])
def test_a_bad_query_is_400(serve, query, says):
    reply = requests.get(f"{serve().url}/queue/events?{query}")
    assert reply.status_code == 400 and says in reply.json()["message"], reply.text
