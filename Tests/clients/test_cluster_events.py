"""Events of three gateways as one stream, which goes on at any of them."""
import json
import os
import subprocess

import pytest
import requests
from conftest import PADDOCK, linked, stopped, wait_until
from test_cluster_batches import grow, three  # noqa: F401

STREAM = {"Accept": "text/event-stream"}


class Follower:
    """Reads server-sent events, and where to go on."""

    def __init__(self, member, headers=None, **options):
        self.reply = requests.get(f"{member.url}/queue/events", params=options, headers={**STREAM, **(headers or {})}, stream=True, timeout=40)
        assert self.reply.status_code == 200, self.reply.text
        self.lines = self.reply.iter_lines(chunk_size=1)
        self.id = None

    def next(self):
        for line in self.lines:
            if line.startswith(b"id: "):
                self.id = line[4:].decode()
            elif line.startswith(b"data: "):
                return json.loads(line[6:])
        return None

    def until(self, kind, count=1):
        """The events up to the last of some of a kind."""
        events = []
        while sum(event["kind"] == kind for event in events) < count:
            event = self.next()
            assert event, events
            events.append(event)
        return events


def level(member, level):
    """Causes an event at one member alone."""
    assert requests.post(f"{member.url}/admin/log", json={"level": level}, timeout=20).status_code == 200


def levels(events):
    return [(event["gateway"], event["after"]) for event in events if event["kind"] == "log_level_set"]


def test_who_follows_one_member_hears_of_all_and_goes_on_at_another(three):
    a, b, c = three
    follower = Follower(a, kind="log_level_set")
    level(c, "debug")
    assert levels([follower.next()]) == [("c", "debug")]
    level(a, "debug")
    level(b, "debug")
    assert sorted(levels([follower.next(), follower.next()])) == [("a", "debug"), ("b", "debug")]
    follower.reply.close()
    level(a, "info")
    level(b, "info")
    level(c, "info")
    for member in three:
        for is_header in (True, False):
            options = {"headers": {"Last-Event-ID": follower.id}} if is_header else {"after": follower.id}
            again = Follower(member, kind="log_level_set", **options)
            # Each once: what comes next is new.
            assert sorted(levels([again.next() for _ in range(3)])) == [("a", "info"), ("b", "info"), ("c", "info")]
            level(b, "info")
            assert levels([again.next()]) == [("b", "info")]
            again.reply.close()
            follower.id = again.id
            level(a, "info")
            level(b, "info")
            level(c, "info")
    # A number is one of the member that is asked, and others have begun.
    own = Follower(b, kind="log_level_set", after=0)
    assert levels([own.next()]) == [("b", "debug")]
    alone = Follower(b, kind="log_level_set", after=0, scope="member")
    assert "gateway" not in alone.next() and alone.id.isdigit()
    assert requests.get(f"{b.url}/queue/events?after=x", headers=STREAM, timeout=20).status_code == 400
    assert requests.get(f"{b.url}/queue/events?after={follower.id}", timeout=20).status_code == 400


def test_what_happens_at_a_member_that_hangs_or_restarts_comes_later(three, grow):
    a, b, c = three
    follower = Follower(a, kind="log_level_set,started")
    level(c, "debug")
    assert levels([follower.next()]) == [("c", "debug")]
    with stopped(c):
        level(b, "debug")
        assert levels([follower.next()]) == [("b", "debug")]
    level(c, "info")
    assert levels([follower.next()]) == [("c", "info")]
    c.stop()
    level(b, "info")
    assert levels([follower.next()]) == [("b", "info")]
    again = grow("c")[0]
    event = follower.next()
    assert (event["kind"], event["gateway"]) == ("started", "c")
    level(again, "debug")
    assert levels([follower.next()]) == [("c", "debug")]


def test_strangers_hear_as_little_of_others_as_of_one(grow):
    members = grow("a", "b", PADDOCK_ADMIN_TOKEN="the-admin-token")
    linked(members)
    token = {"Authorization": "Bearer the-admin-token"}
    stranger, viewer = Follower(members[0], kind="limits_set,log_level_set"), Follower(members[0], token, kind="log_level_set,limits_set")
    requests.post(f"{members[1].url}/admin/log", json={"level": "debug"}, headers=token, timeout=20)
    assert set(stranger.next()) == {"number", "time", "kind", "trouble", "gateway"}
    assert viewer.next()["by"] == "token"
    requests.post(f"{members[1].url}/admin/queue/update", json={"model": "llama2", "parallel_limit": 7}, headers=token, timeout=20)
    assert set(stranger.next()) == set(stranger.next()) == {"number", "time", "kind", "trouble", "gateway", "model"}


def test_the_command_line_follows_all(three):
    a, b, c = three
    command = [os.path.abspath(PADDOCK), "events", "--follow", "--kind", "log_level_set", "--url", a.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert "No such event" in run.stdout.readline()
        for member, name in ((c, "at c"), (a, "at a"), (b, "at b")):
            level(member, "debug")
            assert name in run.stdout.readline()
        run.terminate()
