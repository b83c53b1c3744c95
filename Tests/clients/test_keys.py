"""Keys that operators make at run time."""
import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import zlib

import openai
import pytest
import requests
from conftest import PADDOCK, wait_until

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def serve(start, sim, tmp_path):
    """Starts a gateway with a store of its own, again and again."""

    def serve(*flags, **options):
        return start("serve", "--port", "0", "--backend", sim.url, "--state", str(tmp_path / "state"), *flags, **options)

    return serve


def keys(gateway, *arguments, fails=None):
    """Runs `paddock keys`, and gives what it says."""
    result = subprocess.run([PADDOCK, "keys", *arguments, "--json", "--url", gateway.url], capture_output=True, text=True)
    if fails is not None:
        assert result.returncode != 0 and fails in result.stderr, result
        return None
    assert result.returncode == 0, result
    return json.loads(result.stdout)


def generate(gateway, key, model="llama2"):
    return requests.post(f"{gateway.url}/api/generate", headers={"Authorization": f"Bearer {key}"},
                         json={"model": model, "prompt": "Hello", "stream": False})


def client_of(gateway, reply):
    return requests.get(f"{gateway.url}/queue/requests/{reply.headers['x-request-id']}").json()["client"]


def test_a_key_is_recognised_by_scanners(serve):
    key = keys(serve(), "add", "alice")["key"]
    assert key.startswith("pk-") and len(key) == 42
    number, checksum = zlib.crc32(key[:-6].encode()), ""
    for _ in range(6):
        number, rest = divmod(number, 62)
        checksum = DIGITS[rest] + checksum
    assert key[-6:] == checksum


def test_a_key_identifies_limits_and_outlives_the_gateway(serve, tmp_path):
    gateway = serve()
    made = keys(gateway, "add", "alice", "--requests-per-minute", "2", "--models", "llama2,mistral:*", "--weight", "2.5")
    assert (made["requests_per_minute"], made["models"], made["weight"]) == (2, ["llama2", "mistral:*"], 2.5)
    assert client_of(gateway, generate(gateway, made["key"])) == "alice"
    assert generate(gateway, made["key"], "nomic-embed-text").json()["code"] == "model_not_allowed"
    with pytest.raises(openai.RateLimitError):
        client = openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=made["key"], max_retries=0)
        for _ in range(3):
            client.chat.completions.create(model="llama2", messages=[{"role": "user", "content": "x"}])
    wait_until(lambda: keys(gateway, "show", "alice")["last_used"])
    gateway.process.send_signal(signal.SIGKILL)
    gateway.process.wait(30)
    again = serve()
    listed = keys(again, "list")["keys"]
    assert [one["name"] for one in listed] == ["alice"] and "key" not in listed[0] and listed[0]["last_used"]
    assert client_of(again, generate(again, made["key"])) == "alice"
    # Nowhere is the key itself.
    for path in filter(os.path.isfile, (tmp_path / "state").rglob("*")):
        assert made["key"].encode() not in path.read_bytes(), path
    assert made["key"] not in "\n".join(gateway.lines + again.lines)


def test_set_rotate_and_revoke(serve):
    gateway = serve()
    first = keys(gateway, "add", "bob", "--parallel", "3")["key"]
    changed = keys(gateway, "set", "bob", "--parallel", "none", "--class", "batch", "--tokens-per-day", "100000")
    assert (changed["parallel_limit"], changed["class"], changed["tokens_per_day"]) == (None, "batch", 100000)
    second = keys(gateway, "rotate", "bob", "--grace", "3600")
    assert second["key"] != first and second["old_key_until"]
    for key in (first, second["key"]):
        assert client_of(gateway, generate(gateway, key)) == "bob"
    third = keys(gateway, "rotate", "bob", "--grace", "0")["key"]
    for key, name in ((first, "127.0.0.1"), (second["key"], "127.0.0.1"), (third, "bob")):
        assert client_of(gateway, generate(gateway, key)) == name
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {third}"
        body = {"model": "llama2", "prompt": "x", "stream": False}
        assert client_of(gateway, session.post(f"{gateway.url}/api/generate", json=body)) == "bob"
        keys(gateway, "revoke", "bob")
        # On a connection that knew the key, too.
        assert client_of(gateway, session.post(f"{gateway.url}/api/generate", json=body)) == "127.0.0.1"
    assert keys(gateway, "list")["keys"] == []
    keys(gateway, "revoke", "bob", fails="there is no client bob")


def test_a_key_that_has_expired_is_none(serve, tmp_path):
    gateway = serve(environment={"PADDOCK_REQUIRE_KEY": "true"})
    old = keys(gateway, "add", "old", "--expires", "2198-02-28")
    new = keys(gateway, "add", "new", "--expires", "2199-12-31")
    assert (old["expires"], new["expires"]) == ("2198-02-28", "2199-12-31")
    gateway.process.terminate()
    assert gateway.process.wait(30) == 0
    # Nobody waits until then.
    with contextlib.closing(sqlite3.connect(tmp_path / "state" / "paddock.db")) as store, store:
        store.execute("UPDATE client SET valid_until = ? WHERE name = 'old'", (1_583_020_800,))
    gateway = serve(environment={"PADDOCK_REQUIRE_KEY": "true"})
    assert keys(gateway, "show", "old")["expires"] == "2020-02-29"
    assert generate(gateway, old["key"]).status_code == 401
    assert generate(gateway, new["key"]).status_code == 200
    keys(gateway, "set", "old", "--expires", "none")
    assert generate(gateway, old["key"]).status_code == 200


def test_the_file_wins(serve, tmp_path):
    gateway = serve()
    key = keys(gateway, "add", "carol")["key"]
    gateway.stop()
    path = tmp_path / "paddock.yaml"
    path.write_text(json.dumps({"clients": {"carol": {"key": "file-key"}}}))
    gateway = serve("--config", str(path))
    assert client_of(gateway, generate(gateway, "file-key")) == "carol"
    assert client_of(gateway, generate(gateway, key)) == "127.0.0.1"
    assert keys(gateway, "show", "carol")["declared_in_file"] is True
    keys(gateway, "set", "carol", "--weight", "3", fails="declared in the configuration file")
    path.write_text("{}")
    gateway.process.send_signal(signal.SIGHUP)
    wait_until(lambda: client_of(gateway, generate(gateway, key)) == "carol")


def test_tokens_of_the_day_count_after_a_restart(serve):
    gateway = serve()
    key = keys(gateway, "add", "dave", "--tokens-per-day", "1")["key"]
    assert generate(gateway, key).status_code == 200
    assert generate(gateway, key).json()["code"] == "insufficient_quota"
    gateway.process.send_signal(signal.SIGTERM)
    gateway.process.wait(30)
    again = serve()
    assert generate(again, key).json()["code"] == "insufficient_quota"
    keys(again, "set", "dave", "--tokens-per-day", "none")
    assert generate(again, key).status_code == 200


@pytest.mark.parametrize(("arguments", "says"), [
    (["add", "10.0.0.1"], "is not a client name"), (["add", "a b"], "is not a client name"),
    (["add", "x", "--weight", "0"], "says: x: weight: \"0\" is"), (["add", "x", "--weight", "0"], "0.01 to 100"), (["add", "x", "--class", "fast"], "interactive or batch"),
    (["add", "x", "--models", "a*b"], "mistral:*"), (["add", "x", "--expires", "2027-02-30"], "2027-01-31"),
    (["add", "x", "--expires", "2020-02-29"], "2020-02-29, which is over"),
    (["add", "x", "--requests-per-minute", "many"], "1 to 1000000"), (["set", "nobody", "--weight", "2"], "no client nobody"),
    (["rotate", "nobody"], "no client nobody"),
])
def test_what_is_wrong_is_said(serve, arguments, says):
    gateway = serve()
    keys(gateway, *arguments, fails=says)
    assert keys(gateway, "list")["keys"] == []


def test_without_a_store_there_are_no_keys(start, sim):
    gateway = start("serve", "--port", "0", "--backend", sim.url, "--state", "off")
    keys(gateway, "add", "alice", fails="state is off")
    assert keys(gateway, "list")["keys"] == []


def test_only_admins(serve):
    gateway = serve(environment={"PADDOCK_ADMIN_TOKEN": "secret"})
    for method, path in (("GET", ""), ("POST", "/add"), ("POST", "/rotate"), ("POST", "/revoke"), ("GET", "/alice")):
        assert requests.request(method, f"{gateway.url}/admin/keys{path}", json={"name": "alice"}).status_code == 401


@pytest.mark.parametrize("body", [
    "", "[]", "{}", '{"name":7}', '{"name":"a","weight":[1]}', '{"name":"a","models":"x\\ny"}', '{"name":"a","key":"mine"}',
    '{"name":"a","key_sha256":"00"}', '{"name":"a","models":["x\\ny"]}', '{"name":"a","unknown":1}',
    '{"name":"a","parallel_limit":1e99}', '{"name":"a","expires":20270131}',
])
def test_bad_bodies_are_400(serve, body):
    gateway = serve()
    reply = requests.post(f"{gateway.url}/admin/keys/add", data=body)
    assert reply.status_code == 400 and reply.json()["code"] == "invalid_request", reply.text
    assert keys(gateway, "list")["keys"] == []


def test_a_quota_that_is_taken_back_and_given_again_counts_what_was_used_once(serve):
    gateway = serve()
    key = keys(gateway, "add", "erin", "--tokens-per-day", "1000000")["key"]
    assert generate(gateway, key).status_code == 200
    used = keys(gateway, "show", "erin")["used"]["tokens_of_day"]
    assert used > 0
    keys(gateway, "set", "erin", "--tokens-per-day", "none")
    keys(gateway, "set", "erin", "--tokens-per-day", "1000000")
    assert generate(gateway, key).status_code == 200
    wait_until(lambda: keys(gateway, "show", "erin")["used"]["tokens_of_day"] >= 2 * used)
    assert keys(gateway, "show", "erin")["used"]["tokens_of_day"] == 2 * used
