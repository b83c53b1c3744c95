"""Who may read, and who may change things: the two tokens, and the dashboard by role."""
import concurrent.futures
import contextlib
import itertools
import json
import signal
import threading

import pytest
import requests
from conftest import wait_until

ADMIN, VIEW = "the-admin-token", "the-view-token"
VIEWS = ["overview", "models", "fleet", "requests", "clients", "batches", "events"]


def bearer(token):
    return {"Authorization": f"Bearer {token}"} if token else {}


@pytest.fixture
def guarded(sim, start, tmp_path):
    """A gateway with both tokens and a client with a name, and what rewrites its configuration."""
    config = tmp_path / "paddock.yaml"

    def text(backend, dashboard, view=VIEW):
        return (
            f"backends: [{backend.url}]\nport: 0\nadmin_token: {ADMIN}\nview_token: {view}\ndashboard: {dashboard}\n"
            "trusted_proxies: [127.0.0.1]\nidentity_headers: [X-User]\n"
        )

    def make(dashboard="open", backend=sim):
        config.write_text(text(backend, dashboard))
        gateway = start("serve", "--config", str(config), "--access-log", "off")

        def reload(dashboard, view=VIEW):
            before = len(gateway.lines)
            config.write_text(text(backend, dashboard, view))
            gateway.process.send_signal(signal.SIGHUP)
            wait_until(lambda: [line for line in gateway.lines[before:] if "reloaded" in line])

        gateway.reload = reload
        return gateway

    return make


def stream(gateway, view, token=None):
    """The events of a view, as names and contents."""
    url = f"{gateway.url}/dashboard/events?view={view}"
    with requests.get(url, headers=bearer(token), stream=True, timeout=20) as reply:
        assert reply.status_code == 200, reply.text
        lines = reply.iter_lines(chunk_size=1)
        for line in lines:
            if line.startswith(b"event: "):
                yield line[7:].decode(), json.loads(next(lines)[6:])


def follow(gateway, view, token=None, count=2):
    """The first events of a view."""
    with contextlib.closing(stream(gateway, view, token)) as events:
        return list(itertools.islice(events, count))


def merge(target, patch):
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        elif isinstance(value, dict):
            target[name] = merge(target.get(name) if isinstance(target.get(name), dict) else {}, value)
        else:
            target[name] = value
    return target


def test_thousands_of_wrong_tokens_open_nothing_and_lock_nobody_out(guarded):
    gateway = guarded()
    wait_until(lambda: [line for line in gateway.lines if "message=started" in line])
    lines = len(gateway.lines)
    answers = set()
    with requests.Session() as session:
        for number in range(2_000):
            wrong = VIEW[: number % len(VIEW)] + str(number)
            reply = session.get(gateway.url + "/dashboard/access", headers=bearer(wrong), timeout=10)
            answers.add((reply.status_code, reply.text))
    # The answer to a wrong token is the one to none.
    assert answers == {(200, requests.get(gateway.url + "/dashboard/access", timeout=10).text)}
    assert len(gateway.lines) - lines < 20, "it has no line for each"
    for token, role in ((ADMIN, "admin"), (VIEW, "viewer"), (None, "stranger")):
        reply = requests.get(gateway.url + "/dashboard/access", headers=bearer(token), timeout=10)
        assert reply.json() == {"role": role}


def test_a_token_in_the_address_is_none(guarded):
    gateway = guarded("token")
    for name in ("token", "access_token", "view_token", "admin_token", "authorization"):
        for path in ("/dashboard/events", "/dashboard/history", "/queue/requests", "/admin/keys"):
            assert requests.get(f"{gateway.url}{path}?{name}={ADMIN}", timeout=10).status_code == 401


def test_pages_of_other_origins_get_what_strangers_get_at_most(guarded):
    gateway = guarded("token")
    for fields in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        reply = requests.get(gateway.url + "/dashboard/events", headers={**bearer(VIEW), **fields}, timeout=10)
        assert reply.status_code == 403 and "Access-Control-Allow-Origin" not in reply.headers
        preflight = requests.options(gateway.url + "/dashboard/events", headers=fields, timeout=10)
        assert preflight.status_code == 401 or preflight.status_code == 403 or preflight.status_code == 405
        assert "Access-Control-Allow-Origin" not in preflight.headers


def test_with_dashboard_token_only_its_page_is_for_everybody(guarded):
    gateway = guarded("token")
    for path in ("/dashboard", "/dashboard/access", "/queue/stats", "/metrics"):
        assert requests.get(gateway.url + path, timeout=10).status_code == 200
    for path in ["/dashboard/events", "/dashboard/history"] + [f"/dashboard/events?view={view}" for view in VIEWS]:
        refused = requests.get(gateway.url + path, timeout=10)
        assert refused.status_code == 401 and refused.headers["WWW-Authenticate"] == "Bearer"
    assert follow(gateway, "overview", VIEW)[0][0] == "state"


def test_with_dashboard_off_there_is_none(guarded):
    gateway = guarded("off")
    for path in ("/dashboard", "/dashboard/", "/dashboard/access", "/dashboard/events", "/dashboard/history"):
        assert requests.get(gateway.url + path, headers=bearer(ADMIN), timeout=10).status_code == 404


def test_a_reload_that_changes_who_may_ends_the_streams(guarded):
    gateway = guarded("open")
    with requests.get(gateway.url + "/dashboard/events?view=models", stream=True, timeout=20) as reply:
        chunks = reply.iter_content(None)
        next(chunks)
        gateway.reload("token")
        for _ in chunks:
            pass
    assert requests.get(gateway.url + "/dashboard/events?view=models", timeout=10).status_code == 401
    with requests.get(gateway.url + "/dashboard/events", headers=bearer(VIEW), stream=True, timeout=20) as reply:
        chunks = reply.iter_content(None)
        next(chunks)
        gateway.reload("token", view="another")
        for _ in chunks:
            pass
    assert requests.get(gateway.url + "/dashboard/history", headers=bearer(VIEW), timeout=10).status_code == 401
    assert requests.get(gateway.url + "/dashboard/history", headers=bearer("another"), timeout=10).status_code == 200


def test_strangers_follow_every_view_and_learn_no_name(guarded, start):
    # An answer takes much longer than its client takes to ask again, so that somebody is there whenever one looks.
    gateway = guarded(backend=start("sim", "--port", "0", "--load-time", "0", "--decode-rate", "80"))
    done = threading.Event()

    def ask():
        while not done.is_set():
            body = {"model": "llama2", "prompt": "Hi", "options": {"num_predict": 20}}
            fields = {"X-User": "secret-person", "X-Request-Id": "secret-id"}
            requests.post(gateway.url + "/api/generate", json=body, headers=fields, timeout=60).raise_for_status()

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        with concurrent.futures.ThreadPoolExecutor(len(VIEWS)) as strangers:
            for view, events in zip(VIEWS, strangers.map(lambda view: follow(gateway, view, count=3), VIEWS)):
                assert len(events) == 3 and "secret" not in json.dumps(events), view
        seen = wait_until(lambda: follow(gateway, "requests", VIEW)[0][1]["requests"].get("by_id"))
        assert any(entry["client"] == "user:secret-person" for entry in seen.values())
        ended = wait_until(lambda: follow(gateway, "requests", VIEW)[0][1].get("ended"))
        assert {entry["id"] for entry in ended.values()} == {"secret-id"}
    finally:
        done.set()
        thread.join()
    event = requests.post(
        gateway.url + "/admin/queue/update", json={"model": "llama2", "queue_limit": 9}, headers=bearer(ADMIN), timeout=10
    )
    assert event.status_code == 200
    newest = list(follow(gateway, "events", VIEW, 1)[0][1]["events"].values())[-1]
    assert newest["kind"] == "limits_set" and newest["by"] == "token" and newest["tool"]
    newest = list(follow(gateway, "events", None, 1)[0][1]["events"].values())[-1]
    assert set(newest) == {"number", "time", "kind", "trouble", "model"}


def test_merged_changes_are_what_a_new_page_gets(guarded):
    gateway = guarded()
    numbers = iter(range(12))

    def change():
        for number in itertools.islice(numbers, 3):
            body = {"model": f"m{number % 3}", "queue_limit": number}
            reply = requests.post(gateway.url + "/admin/queue/update", json=body, headers=bearer(ADMIN), timeout=10)
            assert reply.status_code == 200

    changes = 0
    for name, document in stream(gateway, "models"):
        if name == "state":
            # What is null is nothing to a patch.
            merged = merge({}, document)
        else:
            assert name == "change" and "version" not in document
            merged = merge(merged, document)
            changes += 1
        if merged["stats"]["models"].get("m2", {}).get("queue_limit") == 11:
            break
        change()
    assert changes >= 4
    now = merge({}, follow(gateway, "models", count=1)[0][1])["stats"]["models"]
    assert merged["stats"]["models"] == now and {name: entry["queue_limit"] for name, entry in now.items()} == {
        "m0": 9, "m1": 10, "m2": 11
    }
    assert "uptime_seconds" not in now["m0"]


def test_strangers_take_no_places_from_viewers(guarded):
    gateway = guarded()
    streams = []
    try:
        for number in range(100):
            view = VIEWS[number % len(VIEWS)]
            streams.append(requests.get(f"{gateway.url}/dashboard/events?view={view}", stream=True, timeout=20))
        assert {stream.status_code for stream in streams} == {200}
        refused = requests.get(gateway.url + "/dashboard/events", timeout=10)
        assert refused.status_code == 503 and refused.json()["code"] == "too_many_subscribers"
        assert follow(gateway, "overview", VIEW)
    finally:
        for stream in streams:
            stream.close()
    wait_until(lambda: requests.get(gateway.url + "/dashboard/events", stream=True, timeout=10).status_code == 200)


def test_an_unknown_view_is_an_error_that_names_the_others(guarded):
    reply = requests.get(guarded().url + "/dashboard/events?view=nothing", timeout=10)
    assert reply.status_code == 400 and all(view in reply.json()["error"] for view in VIEWS)
