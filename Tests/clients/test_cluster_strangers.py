"""What strangers send to the link between members, and what others keep in the store of a cluster: refused or bounded, and explained."""
import base64
import contextlib
import json
import os
import signal
import socket
import struct

import pytest

from conftest import cluster, is_led, listen, stop_listening, wait_until

HELLO = b"PADDOCK-LINK\n"


def link_of(member):
    """The address of a member's link."""
    reading = wait_until(lambda: is_led(member))
    host, port = next(entry["address"] for entry in reading["members"] if entry["self"]).rsplit(":", 1)
    return host, int(port)


def closes(plain, seconds=15):
    """Whether the other side closes a connection in time, whatever it sends first."""
    plain.settimeout(seconds)
    try:
        while plain.recv(65_536):
            pass
        return True
    except ConnectionError:
        return True
    except TimeoutError:
        return False


def explains(member, text):
    return wait_until(lambda: any(text in line for line in member.lines))


def text(value):
    return bytes([len(value)]) + value.encode()


def hello(cluster_name, number=77, versions=(1, 1)):
    identity = struct.pack(">Q", number) + text("stranger") + text("127.0.0.1:1") + b"\0"
    step = HELLO + bytes(versions) + text(cluster_name) + identity + os.urandom(32)
    return struct.pack(">H", len(step)) + step


@pytest.mark.parametrize("sent", [
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"SSH-2.0-x\r\n", b"\0" * 10_000, os.urandom(100_000),
    struct.pack(">H", 2_000) + b"\0" * 2_000, hello("test", versions=(9, 9)),
], ids=["http", "tls", "ssh", "zeros", "noise", "step", "version"])
def test_what_is_no_member_is_refused(join, sent):
    member = join("a")
    with socket.create_connection(link_of(member)) as plain:
        try:
            plain.sendall(sent)
        except ConnectionError:
            pass
        assert closes(plain)
    explains(member, "a link to another member was refused")
    wait_until(lambda: is_led(member))


def test_a_connection_that_says_nothing_ends(join):
    member = join("a")
    address = link_of(member)
    with socket.create_connection(address) as silent, socket.create_connection(address) as slow:
        slow.sendall(hello("test")[:20])
        assert closes(silent) and closes(slow)
    explains(member, "has not said who it is")


def test_a_thousand_connections_are_bounded_and_members_still_come(join):
    member = join("a")
    address = link_of(member)
    before = len(os.listdir(f"/proc/{member.process.pid}/fd"))
    strangers = [socket.create_connection(address) for _ in range(1_000)]
    try:
        wait_until(lambda: len(os.listdir(f"/proc/{member.process.pid}/fd")) <= before + 80)
        other = join("b")
        wait_until(lambda: is_led(other) and all(entry["linked"] for entry in cluster(other)["members"]) and len(cluster(other)["members"]) == 2)
    finally:
        for plain in strangers:
            plain.close()
    assert sum("refused" in line for line in member.lines) < 50


def test_another_secret_is_refused_and_explained(join):
    first = join("a")
    wait_until(lambda: is_led(first))
    second = join("b", secret="another-secret-of-these-tests")
    explains(first, "cluster.secret_file must have the same text")
    explains(second, "cluster.secret_file must have the same text")
    assert not is_led(second)
    assert wait_until(lambda: is_led(first))["role"] == "coordinator"


def test_a_member_of_another_cluster_is_refused_and_explained(join):
    member = join("a")
    with socket.create_connection(link_of(member)) as plain:
        plain.sendall(hello("another"))
        assert closes(plain)
    explains(member, "it is a member of another cluster")


def test_recorded_bytes_are_of_no_use(join):
    """What a member has sent comes back to it: its proof is none of the other side."""
    first, second = join("a"), join("b")
    wait_until(lambda: is_led(first) and is_led(second))
    address = link_of(first)
    sent = hello("test")
    with socket.create_connection(address) as plain:
        plain.sendall(sent)
        proof = plain.recv(4_096)
    # Its own opening and proof come back to it, on the same connection and on another one.
    for answer in (proof, sent + proof, sent * 3):
        with socket.create_connection(address) as plain:
            try:
                plain.sendall(sent + answer)
            except ConnectionError:
                pass
            assert closes(plain)
    assert len(wait_until(lambda: is_led(first))["members"]) == 2


def test_two_members_of_one_name_are_explained(join):
    first = join("a")
    second = join("a")
    explains(first, "another member has the name of this one")
    explains(second, "another member has the name of this one")
    assert len(wait_until(lambda: is_led(second))["members"]) == 2


@contextlib.contextmanager
def served(answer):
    """A store of a port, which answers to each piece of bytes; to nothing it closes the connection."""

    def serve(plain):
        with plain:
            try:
                while request := plain.recv(65_536):
                    reply = answer(request)
                    plain.sendall(reply)
                    if not reply:
                        break
            except OSError:
                pass

    listener, _ = listen(serve)
    try:
        yield listener.getsockname()[1]
    finally:
        stop_listening(listener)


@pytest.mark.parametrize("words", [
    ("SET", "{test}:office", "foreign"), ("SET", "{test}:term", "foreign"), ("SET", "{test}:members", "foreign"), ("LPUSH", "{test}:office", "a"),
    ("SET", "{test}:office", b"x" * 2_000_000), ("SET", "{test}:term", str(2**64 - 1)), ("SET", "{test}:term", "nan"),
    ("SET", "{test}:office", str(2**63).join(("5 ", ' {"name":"b","address":"127.0.0.1:1","led":true}'))),
 ("HSET", "{test}:members", *[word for number in range(1_500) for word in (f"f{number}", "x" * 1_000)]),
], ids=["office", "term", "members", "list", "huge", "term-too-large", "term-no-number", "office-too-large", "many"])
def test_keys_of_somebody_else_are_left_alone_and_explained(join, redis, words):
    redis.ask(*words)
    kept = redis.ask("DUMP", words[1])
    member = join("a")
    explains(member, "holds something that is not of Paddock")
    assert redis.ask("DUMP", words[1]) == kept
    # When it is gone, nothing has to be started again.
    redis.ask("DEL", words[1])
    assert wait_until(lambda: is_led(member))


def test_other_fields_and_keys_stay(join, redis):
    redis.ask("HSET", "{test}:members", "a", "somebody else's", "7", "1 nonsense", "8", b"\xff" * 100_000)
    redis.ask("SET", "{test}:other", "kept")
    redis.ask("SET", "test:office", "kept")
    member = join("a")
    wait_until(lambda: is_led(member))
    member.process.send_signal(signal.SIGTERM)
    assert member.process.wait(30) == 0
    assert redis.ask("HGET", "{test}:members", "a") == b"$15\r\nsomebody else's\r\n"
    assert redis.ask("HGET", "{test}:members", "7") == b"$10\r\n1 nonsense\r\n"
    assert redis.ask("HSTRLEN", "{test}:members", "8") == b":100000\r\n"
    assert redis.ask("GET", "{test}:other") == redis.ask("GET", "test:office") == b"$4\r\nkept\r\n"


@pytest.mark.parametrize("number", [2**53 - 1, 2**53, 2**63, 2**64 - 1, 2**64])
def test_a_term_after_the_last_one_in_etcd_is_explained(start, sim, tmp_path, number):
    """Whoever writes into the store can stop a cluster, and not its members."""
    def text(value):
        return base64.b64encode(value.encode()).decode()

    def answer(request):
        if b"/v3/lease/" in request:
            return {"ID": "1", "TTL": "60", "result": {"TTL": "60"}}
        entry = {"key": text("paddock/term"), "value": text(str(number)), "mod_revision": "2"}
        return {"succeeded": True, "responses": [{}, {}, {"response_range": {"kvs": [entry]}}, {}]}

    def reply(request):
        body = json.dumps(answer(request)).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)

    with served(reply) as port:
        member = start(
            "serve", "--port", "0", "--backend", sim.url, "--cluster", f"etcd://127.0.0.1:{port}", "--cluster-name", "a", "--cluster-listen",
            "127.0.0.1:0", environment={"PADDOCK_STATE": str(tmp_path / "state"), "PADDOCK_CLUSTER_LEASE": "0.5"})
        explains(member, "paddock/term holds something that is not of Paddock")
        assert cluster(member)["role"] == "starting"


@pytest.mark.parametrize("answer", [
    b"HTTP/1.1 200 OK\r\n\r\n", b"$999999999999\r\n", b"*1\r\n" * 100, b"*9000\r\n", b"+" + b"a" * 200_000, b":1\r\n" * 1_000, b"-DENIED no\r\n", b"",
], ids=["http", "text", "depth", "many", "line", "unasked", "denied", "closed"])
def test_a_store_that_is_none_is_explained(start, sim, tmp_path, answer):
    with served(lambda request: answer) as port:
        member = start(
            "serve", "--port", "0", "--backend", sim.url, "--cluster", f"redis://127.0.0.1:{port}/0", "--cluster-name", "a",
            "--cluster-listen", "127.0.0.1:0", environment={"PADDOCK_STATE": str(tmp_path / "state"), "PADDOCK_CLUSTER_LEASE": "0.5"})
        reading = wait_until(lambda: cluster(member) if (cluster(member) or {}).get("store", {}).get("error") else None)
        assert reading["role"] == "starting" and not reading["store"]["ok"]
