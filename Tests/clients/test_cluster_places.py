"""Where a request is in the queue of all members: its client and operators hear the same of it, whichever member they ask."""
import subprocess
import threading

import pytest
import requests
from conftest import PADDOCK, is_led, linked, post_aside, wait_until


class HeldBackend:
    """A backend that runs what it gets until `release()`."""

    def __init__(self, backend):
        self.go = threading.Semaphore(0)
        self.url = backend(self.script).url

    def script(self, connection, request):
        self.go.acquire()
        reply = b'{"done":true}'
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(reply), reply))

    def release(self, count):
        for _ in range(count):
            self.go.release()


@pytest.fixture
def held(backend):
    return HeldBackend(backend)


@pytest.fixture
def members(join, held):
    """Three members, the coordinator first; the only slot is taken by a request of the second one."""
    environment = {"PADDOCK_TRUSTED_PROXIES": "127.0.0.1", "PADDOCK_QUEUE_KEEPALIVE": "0.2"}
    all_three = [join(name, "--parallel", "1", backend=held, environment=environment) for name in "abc"]

    is_coordinator = {member: reading["role"] == "coordinator" for member, reading in zip(all_three, linked(all_three))}
    all_three.sort(key=is_coordinator.get, reverse=True)
    send(all_three[1], "first")
    wait_until(lambda: [one["state"] for one in listed(all_three[0])] == ["active"])
    yield all_three
    held.release(100)


def send(member, name, replies=None, client="10.0.0.1", stream=False, **headers):
    """Posts a request with its name as its id."""
    headers = {"X-Request-Id": name, "X-Forwarded-For": client, **{key.replace("_", "-"): value for key, value in headers.items()}}
    path = "/v1/completions" if stream else "/api/generate"
    return post_aside(member.url + path, {"model": "llama2", "prompt": name, "stream": stream}, replies, **headers)


def listed(member, **parameters):
    return requests.get(f"{member.url}/queue/requests", params=parameters, timeout=20).json()["requests"]


def waiting(member, **parameters):
    return listed(member, state="queued", **parameters)


def queue(members, names, replies=None, **options):
    """Sends requests to one member after the other, each when the coordinator has the one before."""
    threads = []
    for index, name in enumerate(names):
        threads.append(send(members[index % len(members)], name, replies, **options))
        wait_until(lambda: any(one["id"] == name and one["position_in"] == "cluster" for one in waiting(members[0])))
    return threads


def test_whichever_member_is_asked_places_are_those_of_all(members, held):
    names, replies = [f"r{number}" for number in range(7)], {}
    threads = queue(members, names, replies)
    for member in members:
        found = waiting(member)
        assert [one["id"] for one in found] == names
        assert [one["position"] for one in found] == list(range(1, 8))
        assert {one["position_in"] for one in found} == {"cluster"} and {one["waiting_for"] for one in found} == {"slot"}
        assert [one["member"] for one in found] == [is_led(members[number % 3])["name"] for number in range(7)]
        # A page is the beginning of the order of all, whosever the requests are.
        reply = requests.get(f"{member.url}/queue/requests", params={"limit": 3}, timeout=20).json()
        assert [one["id"] for one in reply["requests"]] == ["first", "r0", "r1"] and reply["total"] == 8
        assert reply["members"] == {"answered": reply["members"]["answered"], "missing": []} and len(reply["members"]["answered"]) == 3
        # Of its own requests a member tells the same places.
        own = waiting(member, scope="member")
        assert [(one["id"], one["position"]) for one in own] == [
            (name, number + 1) for number, name in enumerate(names) if members[number % 3] is member]
        for number, name in enumerate(names):
            one = requests.get(f"{member.url}/queue/requests/{name}", timeout=20).json()
            assert (one["position"], one["position_in"]) == (number + 1, "cluster")
    # One after the other, as ends are known to a millisecond.
    for left in range(6, -1, -1):
        held.release(1)
        wait_until(lambda: len(waiting(members[0])) == left)
    held.release(1)
    for thread in threads:
        thread.join(30)
    assert [replies[name].headers["X-Queue-Position"] for name in names] == [str(number) for number in range(1, 8)]
    assert {replies[name].headers["X-Queue-Reason"] for name in names} == {"slot"}
    for member in members:
        ended = listed(member, state="ended")
        assert [one["queued_behind"] for one in sorted(ended, key=lambda one: one["id"])] == [0, *range(7)]
        assert ended[0]["id"] == "r6" and ended[-1]["id"] == "first"
        assert [one["id"] for one in listed(member, state="ended", limit=2)] == ["r6", "r5"]


def test_a_client_that_is_next_by_fairness_is_on_the_first_page(members):
    queue(members[1:2], [f"flood{number}" for number in range(6)])
    queue(members[2:], ["other"], client="10.0.0.2")
    for member in members:
        assert "other" in [one["id"] for one in waiting(member, limit=2)]
        assert [one["id"] for one in waiting(member, client="10.0.0.2")] == ["other"]
        place = requests.get(f"{member.url}/queue/requests/other", timeout=20).json()["position"]
        assert place <= 2


@pytest.mark.parametrize("index", [0, 2], ids=["coordinator", "member"])
def test_a_request_whose_time_is_up_hears_of_all_that_were_before_it(members, index):
    queue(members, [f"r{number}" for number in range(5)])
    replies = {}
    send(members[index], "late", replies, X_Request_Timeout="1").join(30)
    assert replies["late"].status_code == 504
    assert "5 in front of it at its arrival, 5 at the end" in replies["late"].json()["message"]
    assert replies["late"].headers["X-Queue-Position"] == "6"


def test_a_request_that_gets_a_slot_at_once_was_behind_nobody(members, held):
    held.release(1)
    wait_until(lambda: not listed(members[0]))
    replies = {}
    held.release(1)
    send(members[2], "free", replies).join(30)
    assert replies["free"].headers["X-Queue-Position"] == "0" and "X-Queue-Reason" not in replies["free"].headers


@pytest.mark.parametrize("index", [0, 2], ids=["coordinator", "member"])
def test_a_stream_that_waits_is_told_its_place_among_all(members, index):
    queue(members, [f"r{number}" for number in range(4)])
    body = {"model": "llama2", "prompt": "x", "stream": True}
    with requests.post(f"{members[index].url}/v1/completions", json=body, headers={"X-Forwarded-For": "10.0.0.1"}, stream=True, timeout=20) as reply:
        assert next(reply.iter_lines()) == b": queued, position 5"
        assert reply.headers["X-Queue-Position"] == "5"


def test_a_client_of_two_members_is_one_client(members):
    queue(members, ["r0", "r1", "r2"])
    for member in members:
        stats = requests.get(f"{member.url}/queue/stats", timeout=20).json()
        assert stats["total_models"] == 1
        model = stats["models"]["llama2"]
        assert (model["clients"], model["active_requests"], model["queued_requests"]) == (1, 1, 3)
        assert (model["available_slots"], model["queue_available"]) == (0, model["queue_limit"] - 3)


def test_a_member_without_coordinator_says_that_it_counts_its_own(members, redis):
    queue(members, [f"r{number}" for number in range(4)])
    redis.process.kill()
    for member in members[:2]:
        member.process.kill()
    last = members[2]
    wait_until(lambda: requests.get(f"{last.url}/cluster", timeout=20).json()["role"] == "alone")
    found = waiting(last)
    assert [(one["id"], one["position"], one["position_in"]) for one in found] == [("r2", 1, "member")]
    replies = {}
    send(last, "late", replies, X_Request_Timeout="1").join(30)
    assert "1 at the end of this gateway's own" in replies["late"].json()["message"]


def test_the_command_line_says_which_places_are_not_those_of_all(members, redis):
    queue(members, ["r0", "r1", "r2"])
    def asked(member):
        return subprocess.run([PADDOCK, "requests", "--url", member.url], capture_output=True, text=True, timeout=30).stdout

    for member in members:
        assert "queued 3" in asked(member) and "among those of one member" not in asked(member)
    redis.process.kill()
    for member in members[:2]:
        member.process.kill()
    wait_until(lambda: requests.get(f"{members[2].url}/cluster", timeout=20).json()["role"] == "alone")
    assert "queued 1" in asked(members[2]) and "among those of one member" in asked(members[2])
