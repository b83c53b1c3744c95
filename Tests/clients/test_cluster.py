"""Three gateways as one: what is asked, set and seen on one of them holds for all."""
import contextlib
import json
import signal
import threading

import pytest
import requests
from conftest import cluster, is_led, stopped, wait_until
from test_dashboard import problems, text
from test_views import buttons, open_view

NAMES = ("a", "b", "c")
TOKEN = {"Authorization": "Bearer the-admin-token"}
ADMIN = {"PADDOCK_ADMIN_TOKEN": "the-admin-token"}


@pytest.fixture
def gate(backend):
    """A backend that answers when it is told to."""
    opened = threading.Event()

    def script(connection, request):
        if request[0].startswith(b"POST /api/generate"):
            opened.wait()
        body = b'{"model":"llama2","response":"x","done":true,"prompt_eval_count":1,"eval_count":2}'
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    made = backend(script)
    made.open = opened.set
    yield made
    opened.set()


@pytest.fixture
def three(join, gate):
    """Three members that are linked with each other."""
    members = [join(name, "--parallel", "2", backend=gate) for name in NAMES]
    wait_until(lambda: all(is_whole(member) for member in members))
    return members


def is_whole(member):
    reading = is_led(member)
    return reading and len(reading["members"]) == len(NAMES) and all(entry["linked"] for entry in reading["members"])


def get(member, path, **options):
    reply = requests.get(member.url + path, timeout=15, **options)
    assert reply.status_code == 200, reply.text
    return reply.json()


def post(member, path, body, **options):
    reply = requests.post(member.url + path, json=body, timeout=15, **options)
    assert reply.status_code == 200, reply.text
    return reply.json()


def generate(member, model="llama2", **options):
    return requests.post(member.url + "/api/generate", json={"model": model, "prompt": "Hi", "stream": False}, timeout=60, **options)


@contextlib.contextmanager
def asking(*members, model="llama2"):
    """Has a client ask each member; gives the replies, in the order of the members."""
    replies = [None] * len(members)

    def ask(place):
        replies[place] = generate(members[place], model)

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(len(members))]
    for thread in threads:
        thread.start()
    yield replies
    for thread in threads:
        thread.join()


def counts(member, model="llama2", query=""):
    entry = get(member, "/queue/stats" + query)["models"].get(model, {})
    return entry.get("active_requests", 0), entry.get("queued_requests", 0)


def view(member, name, headers=None):
    """The first event of a view."""
    with requests.get(f"{member.url}/dashboard/events?view={name}", headers=headers, stream=True, timeout=20) as reply:
        for line in reply.iter_lines(chunk_size=1):
            if line.startswith(b"data: "):
                return json.loads(line[6:])


def whole_view(member, name, headers=None):
    """The first event of a view that has what all members say: one that is held up for a moment is left out."""
    def look():
        state = view(member, name, headers)
        return not state["members"]["missing"] and state

    return wait_until(look)


# What is asked and set.


def test_limits_that_are_set_on_one_hold_on_all(three, gate):
    post(three[1], "/admin/queue/update", {"model": "llama2", "parallel_limit": 1, "queue_limit": 1})
    for member in three:
        model = get(member, "/queue/stats?model=llama2")
        assert (model["parallel_limit"], model["queue_limit"]) == (1, 1)
    with asking(three[0]):
        wait_until(lambda: counts(three[2]) == (1, 0))
        with asking(three[1]):
            wait_until(lambda: counts(three[2]) == (1, 1))
            # The one place is taken at another member.
            refused = generate(three[2])
            assert (refused.status_code, refused.json()["code"]) == (503, "queue_full")
            gate.open()


def test_statistics_are_those_of_all(three, gate):
    with asking(*three, *three):
        for member in three:
            wait_until(lambda: counts(member) == (2, 4))
        own = [counts(member, query="?scope=member") for member in three]
        assert [sum(column) for column in zip(*own)] == [2, 4]
        gate.open()
    for member in three:
        stats = get(member, "/queue/stats")
        assert stats["members"] == {"answered": stats["members"]["answered"], "missing": []}
        assert sorted(stats["members"]["answered"]) == list(NAMES)
        assert stats["models"]["llama2"]["total_processed"] == stats["recent"]["completed"] == 6
        assert get(member, "/queue/stats?model=llama2&scope=member")["total_processed"] == 2


def test_clients_are_those_of_all(three, gate):
    gate.open()
    assert [generate(member).status_code for member in three] == [200] * 3
    for member in three:
        clients = get(member, "/queue/clients")
        assert clients["total"] == 1 and clients["clients"][0]["requests"] == 3
        assert clients["clients"][0]["share"] == clients["clients"][0]["fair_share"] == 1
        assert get(member, "/queue/clients?client=nobody")["clients"] == []
        assert requests.get(member.url + "/queue/clients?limit=0", timeout=15).status_code == 400


def test_a_request_is_found_and_cancelled_from_any_member(three, gate):
    with asking(three[0]) as replies:
        found = wait_until(lambda: get(three[1], "/queue/requests")["requests"])[0]
        assert found["member"] == "a"
        assert [get(member, f"/queue/requests/{found['id']}")["id"] for member in three] == [found["id"]] * 3
        reply = requests.delete(f"{three[2].url}/admin/queue/requests/{found['id']}", timeout=15)
        assert reply.json() == {"status": "cancelled", "id": found["id"]}
    assert replies[0].json()["code"] == "cancelled_by_admin"
    unknown = requests.delete(f"{three[2].url}/admin/queue/requests/nothing", timeout=15)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_request")
    gate.open()


def test_keys_of_one_are_good_on_all_and_quotas_are_counted_over_all(three, gate):
    gate.open()
    key = post(three[0], "/admin/keys/add", {"name": "alice", "requests_per_minute": 3})["key"]
    headers = {"Authorization": f"Bearer {key}"}
    replies = [generate(member, headers=headers).status_code for member in three]
    assert replies == [200, 200, 200]
    refused = [generate(member, headers=headers) for member in three]
    assert [(reply.status_code, reply.json()["code"]) for reply in refused] == [(429, "rate_limit_exceeded")] * 3
    assert get(three[1], "/queue/clients?client=alice")["clients"][0]["requests"] == 6
    post(three[1], "/admin/keys/revoke", {"name": "alice"})
    for member in three:
        assert get(member, "/admin/keys")["keys"] == []
        # It is a client like any other again, without a quota.
        assert generate(member, headers=headers).status_code == 200


def test_a_client_that_is_paused_on_one_starts_on_none(three, gate):
    gate.open()
    post(three[2], "/admin/clients/pause", {"client": "127.0.0.1"})
    with asking(three[0]) as replies:
        wait_until(lambda: get(three[1], "/queue/requests?state=queued")["total"] == 1)
        assert get(three[1], "/queue/clients?client=127.0.0.1")["clients"][0]["paused"] is True
        post(three[1], "/admin/clients/resume", {"client": "127.0.0.1"})
    assert replies[0].status_code == 200


def test_events_and_troubles_are_those_of_all(three):
    post(three[0], "/admin/queue/update", {"model": "llama2", "queue_limit": 7})
    for member in three:
        events = get(member, "/queue/events?kind=started")["events"]
        assert sorted(event["gateway"] for event in events) == list(NAMES)
        assert len(get(member, "/queue/events?kind=started&limit=2")["events"]) == 2
        assert len(get(member, "/queue/events?kind=started&scope=member")["events"]) == 1
    assert [event["gateway"] for event in get(three[2], "/queue/events?kind=limits_set")["events"]]
    assert len(get(three[1], "/queue/events?kind=started&after=0")["events"]) == 1, "a number is one of the member's own"


# What the dashboard shows.


def test_every_view_shows_all_from_any_member(three, gate):
    with asking(*three, *three):
        for member in three:
            wait_until(lambda: counts(member) == (2, 4))
            for name in ("overview", "models"):
                state = whole_view(member, name)
                assert (state["load"]["active"], state["load"]["queued"]) == (2, 4)
                model = state["stats"]["models"]["llama2"]
                assert (model["active_requests"], model["queued_requests"]) == (2, 4)
            shown = whole_view(member, "requests")["requests"]
            assert shown["total"] == len(shown["order"]) == 6
            assert sorted(one["member"] for one in shown["by_id"].values()) == sorted(NAMES * 2)
        gate.open()
    for member in three:
        state = whole_view(member, "requests")
        assert len(state["ended"]) == 6 and {one["member"] for one in state["ended"].values()} == set(NAMES)
        assert state["members"] == {"answered": list(NAMES), "missing": [], "last_known": {}}
        assert {one["gateway"] for one in whole_view(member, "events")["events"].values()} == set(NAMES)
        assert whole_view(member, "clients")["load"]["completed"] == 6


def test_the_charts_are_those_of_all(three, gate):
    gate.open()
    for member in three:
        # The first reading is the baseline of the first step.
        wait_until(lambda: get(member, "/dashboard/history?scope=member")["times"])
        assert generate(member).status_code == 200
    for member in three:
        wait_until(lambda: sum(get(member, "/dashboard/history")["completed"]) == 3)
        assert sum(get(member, "/dashboard/history?model=llama2")["completed"]) == 3
    own = requests.get(three[0].url + "/dashboard/history", timeout=15)
    assert own.headers["Cross-Origin-Resource-Policy"] == "same-origin" and own.json()["members"]["missing"] == []


def test_a_member_that_hangs_holds_nobody_up(three, gate):
    gate.open()
    assert [generate(member).status_code for member in three] == [200] * 3
    assert whole_view(three[0], "overview")["load"]["completed"] == 3
    with requests.get(three[0].url + "/dashboard/events?view=overview", stream=True, timeout=30) as reply:
        lines = (json.loads(line[6:]) for line in reply.iter_lines(chunk_size=1) if line.startswith(b"data: "))
        with stopped(three[2]):
            members = next(members for change in lines if (members := change.get("members")) and members.get("missing"))
            assert members["answered"] == ["a", "b"] and members["missing"] == ["c"] and members["last_known"]["c"] > 0
            generate(three[0])
            assert next(change for change in lines if "completed" in change.get("load", {}))["load"]["completed"] == 4
            # Somebody has waited for it in vain.
            for path in ("/queue/stats", "/queue/clients", "/queue/requests", "/queue/troubles", "/dashboard/history"):
                assert get(three[0], path)["members"]["missing"] == ["c"]
        next(members for change in lines if (members := change.get("members")) and members.get("missing") == [])


def test_strangers_see_as_little_of_others_as_of_one(join, gate):
    members = [join(name, backend=gate, environment=ADMIN) for name in NAMES]
    wait_until(lambda: all(is_whole(member) for member in members))
    with asking(*members):
        wait_until(lambda: sum(counts(members[0])) == 3)
        stranger, viewer = whole_view(members[0], "requests"), whole_view(members[0], "requests", TOKEN)
        assert stranger["requests"] == {"total": 3} and "ended" not in stranger
        assert viewer["requests"]["total"] == 3 and len(viewer["requests"]["by_id"]) == 3
        assert get(members[1], "/queue/clients").keys() == {"total", "members"}
        assert all("tool" not in event for event in view(members[0], "events")["events"].values())
        gate.open()


# In a browser.


def strip(browser):
    return browser.execute_script("return [...document.querySelectorAll('#cluster .members li')].map((one) => one.innerText.replaceAll('\\n', ' '))")


def test_the_overview_shows_the_members(browser, three, gate):
    with asking(*three):
        wait_until(lambda: counts(three[0]) == (2, 1))
        leader = cluster(three[0])["coordinator"]
        open_view(browser, three[0], "overview")
        shown = wait_until(lambda: strip(browser))
        assert [one.split()[0] for one in shown] == list(NAMES)
        assert [one.split()[0] for one in shown if "coordinator" in one] == [leader]
        assert [one.split()[0] for one in shown if "this one" in one] == ["a"]
        wait_until(lambda: "store ok" in text(browser, "#cluster") and text(browser, "#sum-active") == "2" and text(browser, "#sum-queued") == "1")
        gate.open()
    assert problems(browser) == []


def test_a_member_that_is_missing_is_told(browser, three):
    open_view(browser, three[0], "overview")
    wait_until(lambda: len(strip(browser)) == 3)
    assert text(browser, "#missing") == ""
    with stopped(three[2]):
        wait_until(lambda: "c does not answer: this shows what it did at 20" in text(browser, "#missing"))
        browser.execute_script("location.hash = 'models'")
        wait_until(lambda: "c does not answer: what it does is not in this." in text(browser, "#missing"))
    wait_until(lambda: text(browser, "#missing") == "")


def test_the_strip_says_what_is_not_as_it_should_be(browser, join, redis, gate):
    first = join("a", "--parallel", "2", backend=gate)
    wait_until(lambda: is_led(first))
    second = join("b", "--parallel", "3", backend=gate)
    wait_until(lambda: any(entry["differing"] for entry in cluster(first)["members"]))
    open_view(browser, first, "overview")
    wait_until(lambda: "b is configured otherwise: ollama_num_parallel." in (text(browser, "#cluster") or ""))
    redis.process.send_signal(signal.SIGSTOP)
    try:
        wait_until(lambda: "no member can join" in text(browser, "#cluster"))
        second.stop()
        third = join("c", backend=gate)
        open_view(browser, third, "overview")
        wait_until(lambda: "has not found a coordinator since its start" in (text(browser, "#cluster") or ""))
    finally:
        redis.process.send_signal(signal.SIGCONT)


def test_a_request_of_another_member_is_cancelled_on_the_page(browser, three, gate):
    with asking(three[0]) as replies:
        wait_until(lambda: counts(three[0])[0] == 1)
        open_view(browser, three[2], "requests")
        wait_until(lambda: "Cancel…" in buttons(browser) and " at a" in text(browser, "tbody"))
        browser.execute_script("[...document.querySelectorAll('#view button')].find((one) => one.textContent === 'Cancel…').click()")
        browser.execute_script("document.querySelector('dialog button.danger').click()")
        wait_until(lambda: text(browser, "#toast").endswith("is cancelled."))
    assert replies[0].json()["code"] == "cancelled_by_admin"
    wait_until(lambda: "cancelled" in text(browser, "#view"))


def test_without_a_cluster_there_is_nothing_of_it(browser, gateway):
    open_view(browser, gateway, "overview")
    asked = "return performance.getEntriesByType('resource').filter((one) => one.name.endsWith('/cluster')).length"
    wait_until(lambda: browser.execute_script(asked) == 1)
    wait_until(lambda: text(browser, "#sum-active") != "–")
    assert text(browser, "#cluster") == text(browser, "#missing") == ""
    assert "members" not in view(gateway, "overview") and "members" not in get(gateway, "/queue/clients")
    assert browser.execute_script(asked) == 1
