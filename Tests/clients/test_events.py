"""What happened, and who did it: `/queue/events` and `paddock events`."""
import json
import os
import signal
import subprocess

import pytest
import requests
from conftest import PADDOCK, free_port, wait_until


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
    host = start("sim", "--port", str(free_port()), "--fast")
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


class Follower:
    """A client that reads server-sent events."""

    def __init__(self, gateway, token=None, **options):
        headers = {"Accept": "text/event-stream", **options.pop("headers", {})}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self.reply = requests.get(f"{gateway.url}/queue/events", params=options, headers=headers, stream=True, timeout=30)
        self.lines = self.reply.iter_lines()

    def next(self):
        number = None
        for line in self.lines:
            if line.startswith(b"id: "):
                number = int(line[4:])
            elif line.startswith(b"data: "):
                event = json.loads(line[6:])
                assert event["number"] == number
                return event
        return None


def test_events_come_as_a_stream_and_go_on_where_it_broke_off(serve):
    gateway = serve()
    follower = Follower(gateway)
    assert follower.reply.headers["Content-Type"].startswith("text/event-stream")
    paddock(gateway, "set", "llama2", "--parallel", "7")
    first = follower.next()
    assert first["kind"] == "limits_set" and first["model"] == "llama2" and first["by"] == "local"
    follower.reply.close()
    paddock(gateway, "set", "llama2", "--parallel", "6")
    paddock(gateway, "reset", "llama2")
    again = Follower(gateway, headers={"Last-Event-ID": str(first["number"])})
    assert [again.next()["kind"] for _ in range(2)] == ["limits_set", "statistics_reset"]
    only = Follower(gateway, after=first["number"], kind="statistics_reset")
    assert only.next()["kind"] == "statistics_reset"
    # A number that there has not been is of another process: all is new.
    other = Follower(gateway, headers={"Last-Event-ID": "1000000"})
    assert other.next()["kind"] == "started"
    gateway.process.send_signal(signal.SIGTERM)
    assert again.next()["kind"] == "draining"
    assert again.next() is None
    gateway.process.wait(30)


def test_strangers_who_follow_learn_no_more_than_others(serve):
    gateway = serve(PADDOCK_ADMIN_TOKEN="secret")
    stranger, viewer = Follower(gateway), Follower(gateway, token="secret")
    paddock(gateway, "set", "llama2", "--parallel", "7", PADDOCK_ADMIN_TOKEN="secret")
    assert set(stranger.next()) == {"number", "time", "kind", "trouble", "model"}
    assert viewer.next()["by"] == "token"


def test_followers_are_bounded(serve):
    gateway = serve()
    followers = [Follower(gateway) for _ in range(100)]
    refused = requests.get(f"{gateway.url}/queue/events", headers={"Accept": "text/event-stream"}, timeout=30)
    assert refused.status_code == 503 and refused.json()["code"] == "too_many_subscribers"
    followers.pop().reply.close()
    # The place is free once the gateway has seen the close.
    wait_until(lambda: requests.get(f"{gateway.url}/queue/events", headers={"Accept": "text/event-stream"},
                                    stream=True, timeout=30).status_code == 200)
    for follower in followers:
        follower.reply.close()


def test_strangers_take_no_places_from_viewers_and_a_new_token_ends_the_streams_of_viewers(start, sim, tmp_path):
    config = tmp_path / "paddock.yaml"
    config.write_text("admin_token: first\nview_token: view\n")
    gateway = start("serve", "--port", "0", "--backend", sim.url, "--access-log", "off", folder=tmp_path)
    strangers = [Follower(gateway) for _ in range(100)]
    assert requests.get(f"{gateway.url}/queue/events", headers={"Accept": "text/event-stream"}, timeout=30).status_code == 503
    viewers = [Follower(gateway, token="first"), Follower(gateway, token="view")]
    assert [viewer.reply.status_code for viewer in viewers] == [200, 200]
    config.write_text("admin_token: second\n")
    gateway.process.send_signal(signal.SIGHUP)
    # Their streams end at once, with or without the event of the reload; those of strangers go on.
    for viewer in viewers:
        assert viewer.next() is None or viewer.next() is None
    assert strangers[0].next()["kind"] == "reloaded"
    for follower in [*strangers, *viewers]:
        follower.reply.close()


def test_the_command_follows_over_a_restart(serve):
    gateway = serve("--port", str(free_port()))
    follow = subprocess.Popen([PADDOCK, "events", "--follow", "--url", gateway.url], stdout=subprocess.PIPE, text=True)
    try:
        while "started" not in follow.stdout.readline():
            pass
        paddock(gateway, "set", "llama2", "--parallel", "7")
        assert "limits_set  llama2" in follow.stdout.readline()
        gateway.process.send_signal(signal.SIGTERM)
        assert "draining" in follow.stdout.readline()
        gateway.process.wait(30)
        serve("--port", str(gateway.port))
        assert "started" in follow.stdout.readline()
    finally:
        follow.kill()
        follow.wait(10)


def test_a_backend_whose_requests_fail_is_an_event_and_so_is_its_recovery(start):
    host = start("sim", "--port", "0", "--fast", "--tokens", "4")
    gateway = start("serve", "--port", "0", "--backend", host.url, "--access-log", "off")
    session = requests.Session()

    def ask():
        for _ in range(4):
            session.post(f"{gateway.url}/api/generate", json={"model": "llama2", "prompt": "x", "stream": False}, timeout=30)

    def told(kind):
        ask()
        return events(gateway, kind=kind)
    ask()
    requests.post(f"{host.url}/sim/faults", json={"fault": "500"}, timeout=30)
    sick = wait_until(lambda: told("backend_sick"))[0]
    assert sick["backend"] == host.url and sick["trouble"] and "errors" in sick["reason"], sick
    requests.post(f"{host.url}/sim/faults", json={"fault": "none"}, timeout=30)
    recovered = wait_until(lambda: told("backend_recovered"), 60)[0]
    assert recovered["backend"] == host.url and not recovered["trouble"]
    assert sum(host.url in line and "do not go well" in line for line in gateway.lines) == 1
