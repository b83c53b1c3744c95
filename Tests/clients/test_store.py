"""What stays over restarts: usage, and the folder in which it is."""
import contextlib
import csv
import io
import json
import os
import random
import signal
import sqlite3
import subprocess
import time

import pytest
import requests
from conftest import PADDOCK, wait_until


def serve(start, sim, state, *arguments, **environment):
    return start("serve", "--port", "0", "--backend", sim.url, "--access-log", "off", *arguments,
                 environment={"PADDOCK_STATE": str(state), **environment})


def ask(gateway, model="llama2"):
    body = {"model": model, "prompt": "Hello", "stream": False}
    return requests.post(f"{gateway.url}/api/generate", json=body, timeout=30).status_code


def usage(gateway, **query):
    return requests.get(f"{gateway.url}/admin/usage", params=query, timeout=30).json()["usage"]


def paddock(gateway, *arguments):
    return subprocess.run([PADDOCK, *arguments, "--url", gateway.url], capture_output=True, text=True, timeout=60)


def ended(process):
    return process.process.wait(30), [line for line in process.lines if line.startswith("paddock: ")]


def is_whole(state):
    with sqlite3.connect(state / "paddock.db") as database:
        return database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_usage_survives_a_stop_and_is_shown_as_table_csv_and_json(start, tmp_path):
    # Its answers take milliseconds, so that the time of a slot is not rounded to none.
    sim = start("sim", "--port", "0", "--load-time", "0", "--decode-rate", "400", "--tokens", "8")
    gateway = serve(start, sim, tmp_path / "state")
    wait_until(
        lambda: f"  state     {tmp_path}/state" in gateway.lines
    )
    for model in ("llama2", "llama2", "qwen3"):
        assert ask(gateway, model) == 200
    gateway.process.send_signal(signal.SIGTERM)
    assert gateway.process.wait(30) == 0
    gateway = serve(start, sim, tmp_path / "state")
    assert ask(gateway) == 200
    by_model = {row["model"]: row for row in usage(gateway, by="model")}
    assert {model: row["completed"] for model, row in by_model.items()} == {"llama2": 3, "qwen3": 1}
    for row in by_model.values():
        assert row["slot_seconds"] > 0 and row["tokens_out"] >= row["completed"] == row["requests"], row
    # Both spellings of a list.
    assert usage(gateway, by="client,model") == requests.get(f"{gateway.url}/admin/usage?by=client,model").json()["usage"]
    table = paddock(gateway, "usage", "--by", "client,model")
    assert table.returncode == 0 and "qwen3" in table.stdout and "SLOT TIME" in table.stdout, table
    shown = paddock(gateway, "usage", "--by", "model,hour", "--csv")
    rows = list(csv.DictReader(io.StringIO(shown.stdout)))
    assert sum(int(row["completed"]) for row in rows) == 4 and rows[0]["hour"][10] == "T"
    assert json.loads(paddock(gateway, "usage", "--json").stdout)["usage"][0]["requests"] == 4
    wrong = paddock(gateway, "usage", "--from", "yesterday")
    assert wrong.returncode == 65 and "from must be a day such as" in wrong.stderr


@pytest.mark.parametrize("seed", range(3))
def test_a_kill_loses_nothing_that_is_committed(start, sim, tmp_path, seed):
    choose = random.Random(seed)
    sent = 0
    for _ in range(2):
        gateway = serve(start, sim, tmp_path)
        before = sum(row["completed"] for row in usage(gateway, by=""))
        asked = 0

        def committed():
            with contextlib.closing(sqlite3.connect(f"file:{tmp_path}/paddock.db?mode=ro", uri=True)) as database:
                return (database.execute("SELECT SUM(completed) FROM usage_hour").fetchone()[0] or 0) - before

        def ask_for(seconds):
            nonlocal asked
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                assert ask(gateway) == 200
                asked += 1

        ask_for(choose.uniform(0.5, 1))
        wait_until(lambda: committed() == asked)
        kept = asked
        ask_for(choose.uniform(0, 1.5))
        gateway.process.send_signal(signal.SIGKILL)
        gateway.process.wait(30)
        assert is_whole(tmp_path)
        gateway = serve(start, sim, tmp_path)
        stored = sum(row["completed"] for row in usage(gateway, by="")) - before
        assert kept <= stored <= asked
        gateway.stop()
        sent += stored
    with sqlite3.connect(tmp_path / "paddock.db") as database:
        for table in ("usage_hour", "usage_day"):
            assert database.execute(f"SELECT SUM(completed) FROM {table}").fetchone() == (sent,)


def test_without_a_store_there_is_no_usage(start, sim):
    gateway = serve(start, sim, "off")
    answer = requests.get(f"{gateway.url}/admin/usage", timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (501, "not_kept")
    assert requests.get(f"{gateway.url}/health", timeout=10).json()["store"] == {"place": "off", "trouble": None}
    shown = paddock(gateway, "usage")
    assert shown.returncode == 69 and "state is off" in shown.stderr


def test_a_named_folder_has_to_work(start, sim, tmp_path):
    status, lines = ended(serve(start, sim, "/dev/null/state"))
    assert status == 73 and len(lines) == 1 and "give a writable folder" in lines[0]
    serve(start, sim, tmp_path)
    status, lines = ended(serve(start, sim, tmp_path))
    assert status == 69 and len(lines) == 1 and "in use by another gateway" in lines[0]
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "paddock.db").write_bytes(b"no database " * 1000)
    status, lines = ended(serve(start, sim, damaged))
    assert status == 65 and len(lines) == 1 and "put a backup in its place" in lines[0]
    assert (damaged / "paddock.db").read_bytes() == b"no database " * 1000


def test_the_folder_of_the_environment_is_used_if_it_works(start, sim, tmp_path):
    def first(state, **environment):
        gateway = serve(start, sim, state, **environment)
        return wait_until(lambda: [line for line in gateway.lines if line.startswith("  state ")])[0], gateway

    line, gateway = first("auto", STATE_DIRECTORY=f"{tmp_path}/service", HOME=str(tmp_path))
    assert line == f"  state     {tmp_path}/service"
    assert os.stat(tmp_path / "service").st_mode & 0o777 == 0o700
    assert os.stat(tmp_path / "service" / "paddock.db").st_mode & 0o777 == 0o600
    line, second = first("auto", STATE_DIRECTORY=f"{tmp_path}/service")
    assert line.startswith("  state     in memory") and "in use by another gateway" in line
    assert ask(second) == 200 and usage(second)[0]["requests"] == 1
    assert requests.get(f"{second.url}/health", timeout=10).json()["store"]["place"] == "memory"
    line, _ = first("auto", STATE_DIRECTORY="", XDG_STATE_HOME=f"{tmp_path}/xdg")
    assert line == f"  state     {tmp_path}/xdg/paddock"
    line, _ = first("auto", STATE_DIRECTORY="", XDG_STATE_HOME="", HOME=f"{tmp_path}/home")
    assert line == f"  state     {tmp_path}/home/.local/state/paddock"
    line, _ = first("auto", STATE_DIRECTORY="", XDG_STATE_HOME="", HOME="")
    assert line.startswith("  state     in memory")
    # Data that cannot be read is not passed over.
    (tmp_path / "xdg2" / "paddock").mkdir(parents=True)
    (tmp_path / "xdg2" / "paddock" / "paddock.db").write_bytes(b"no database " * 1000)
    status, _ = ended(serve(start, sim, "auto", STATE_DIRECTORY="", XDG_STATE_HOME=f"{tmp_path}/xdg2"))
    assert status == 65


@pytest.fixture
def small_disk(make_disk):
    """A file system of 1 MiB."""
    return make_disk("1m")


def test_a_full_disk_keeps_usage_in_memory_and_says_so(start, sim, small_disk):
    gateway = serve(start, sim, small_disk)
    assert ask(gateway) == 200 and usage(gateway)[0]["requests"] == 1
    filler = small_disk / "filler"
    with open(filler, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass

    def trouble():
        ask(gateway)
        return requests.get(f"{gateway.url}/health", timeout=10).json()["store"]["trouble"]

    assert "disk is full" in wait_until(trouble)
    health = requests.get(f"{gateway.url}/health", timeout=10).json()
    assert health["status"] == "degraded"
    assert "Usage is in memory only: there is no room for" in paddock(gateway, "status").stdout
    sample = requests.get(f"{gateway.url}/metrics", timeout=10).text
    assert "\npaddock_usage_lost_total 0\n" in sample and "\npaddock_usage_pending_rows 0\n" not in sample
    filler.unlink()
    wait_until(lambda: requests.get(f"{gateway.url}/health", timeout=10).json()["status"] == "healthy")
    total = requests.get(f"{gateway.url}/queue/stats", timeout=10).json()["models"]
    assert usage(gateway, by="")[0]["requests"] == sum(model["total_requests"] for model in total.values())
    assert is_whole(small_disk)


def test_only_admins_see_usage(start, sim, tmp_path):
    gateway = serve(start, sim, tmp_path, PADDOCK_ADMIN_TOKEN="token")
    assert requests.get(f"{gateway.url}/admin/usage", timeout=10).status_code == 401
    headers = {"Authorization": "Bearer token"}
    assert requests.get(f"{gateway.url}/admin/usage", headers=headers, timeout=10).status_code == 200


def test_what_waits_for_a_commit_is_not_lost_at_a_stop(start, sim, tmp_path):
    gateway = serve(start, sim, tmp_path)
    assert ask(gateway) == 200
    gateway.process.send_signal(signal.SIGTERM)
    assert gateway.process.wait(30) == 0
    with sqlite3.connect(tmp_path / "paddock.db") as database:
        assert database.execute("SELECT SUM(completed) FROM usage_hour").fetchone() == (1,)


# What operators set at run time


def settings(gateway):
    listed = requests.get(f"{gateway.url}/admin/settings", timeout=10).json()["settings"]
    return {setting["key"]: (setting["value"], setting["configured"]) for setting in listed}


def state_of(gateway):
    listed = requests.get(f"{gateway.url}/admin/backends", timeout=30).json()["backends"]
    return {backend["url"]: backend["state"] for backend in listed}


def limits(gateway, model="llama2"):
    stats = requests.get(f"{gateway.url}/queue/stats", params={"model": model}, timeout=10).json()
    return stats["parallel_limit"], stats["queue_limit"]


def listed_at_start(gateway):
    wait_until(lambda: any("message=started" in line for line in gateway.lines))
    return [line.split("set       ")[1].split(" (set at run time on ")[0] for line in gateway.lines if line.startswith("  set ")]


@pytest.fixture
def hosts(start):
    """Three simulated hosts, none of which is a model's only one."""
    return [start("sim", "--port", "0", "--fast").url for _ in range(3)]


def with_hosts(start, hosts, state, *arguments):
    backends = [part for url in hosts for part in ("--backend", url)]
    return start("serve", "--port", "0", *backends, "--access-log", "off", *arguments, environment={"PADDOCK_STATE": str(state)})


def test_what_operators_set_stays_and_can_be_taken_back(start, hosts, tmp_path):
    first, second, third = hosts
    gateway = with_hosts(start, [first, second], tmp_path)
    assert paddock(gateway, "set", "llama2", "--parallel", "7", "--queue", "9").returncode == 0
    assert requests.post(f"{gateway.url}/admin/log", json={"level": "debug"}, timeout=10).json() == {"level": "debug"}
    assert paddock(gateway, "backend", "add", third).returncode == 0
    assert paddock(gateway, "backend", "drain", first).returncode == 0
    assert paddock(gateway, "backend", "remove", second).returncode == 0
    expected = {
        f"backends.{first}": ("draining", "open"), f"backends.{second}": ("removed", "open"), f"backends.{third}": ("open", "removed"),
        "log_level": ("debug", "info"), "models.llama2.parallel_limit": ("7", "default"), "models.llama2.queue_limit": ("9", "default"),
    }
    assert settings(gateway) == expected
    # What was answered is on the disk.
    gateway.process.send_signal(signal.SIGKILL)
    gateway.process.wait(30)

    gateway = with_hosts(start, [first, second], tmp_path)
    assert settings(gateway) == expected
    assert listed_at_start(gateway) == [f"{key}: {value}" for key, (value, _) in sorted(expected.items())]
    assert limits(gateway) == (7, 9) and state_of(gateway) == {first: "draining", third: "open"}
    assert requests.get(f"{gateway.url}/admin/log", timeout=10).json() == {"level": "debug"}
    shown = subprocess.run(
        [PADDOCK, "check-config", "--json", "--backend", first, "--backend", second, "--state", tmp_path],
        capture_output=True, text=True, timeout=30, check=True,
    )
    values = {value["key"]: value for value in json.loads(shown.stdout)["settings"]}
    assert values["log_level"]["value"] == "debug" and values["log_level"]["from"].startswith("set at run time on 20")
    assert values["models.llama2.parallel_limit"]["value"] == "7"

    for key, (_, configured) in expected.items():
        taken = paddock(gateway, "unset", key)
        assert taken.returncode == 0 and f"the configuration says: {configured}" in taken.stdout, (key, taken)
    assert settings(gateway) == {} and limits(gateway)[1] == 512
    assert state_of(gateway) == {first: "open", second: "open"}
    assert requests.get(f"{gateway.url}/admin/log", timeout=10).json() == {"level": "info"}
    again = paddock(gateway, "unset", "log_level")
    assert again.returncode == 65 and "was not set at run time" in again.stderr
    gateway.stop()
    gateway = with_hosts(start, [first, second], tmp_path)
    assert settings(gateway) == {} and limits_are_default(gateway)


def limits_are_default(gateway):
    return "llama2" not in requests.get(f"{gateway.url}/queue/stats", timeout=10).json()["models"]


def test_the_configuration_ends_what_was_set_if_it_changes(start, sim, tmp_path):
    state, config = tmp_path / "state", tmp_path / "paddock.yaml"

    def run(limit):
        config.write_text(f"models: {{llama2: {{parallel_limit: {limit}}}, qwen3: {{parallel_limit: 2}}}}\n")
        return start(
            "serve", "--config", config, "--port", "0", "--backend", sim.url, "--access-log", "off",
            environment={"PADDOCK_STATE": str(state)},
        )

    gateway = run(3)
    for model in ("llama2", "qwen3"):
        assert paddock(gateway, "set", model, "--parallel", "7").returncode == 0
    # A reload without a change of it keeps it, one with a change ends it.
    gateway.process.send_signal(signal.SIGHUP)
    wait_until(lambda: any("configuration reloaded" in line for line in gateway.lines))
    assert limits(gateway)[0] == 7 and limits(gateway, "qwen3")[0] == 7
    config.write_text("models: {llama2: {parallel_limit: 4}, qwen3: {parallel_limit: 2}}\n")
    gateway.process.send_signal(signal.SIGHUP)
    wait_until(lambda: limits(gateway)[0] == 4)
    assert settings(gateway) == {"models.qwen3.parallel_limit": ("7", "2")}
    # Set to what the configuration says it is no setting.
    assert paddock(gateway, "set", "qwen3", "--parallel", "2").returncode == 0
    assert settings(gateway) == {} and limits(gateway, "qwen3")[0] == 2
    assert paddock(gateway, "set", "llama2", "--parallel", "7").returncode == 0
    gateway.stop()
    # While no gateway ran.
    gateway = run(5)
    assert limits(gateway)[0] == 5 and settings(gateway) == {}
    wait_until(lambda: any("has ended" in line for line in gateway.lines))


def test_the_last_backend_is_not_passed_over(start, sim, hosts, tmp_path):
    gateway = with_hosts(start, hosts[:2], tmp_path)
    assert paddock(gateway, "backend", "remove", hosts[0]).returncode == 0
    gateway.stop()
    # Now it is the only one.
    gateway = with_hosts(start, hosts[:1], tmp_path)
    assert ask(gateway) == 200


def test_a_backup_of_a_running_gateway_restores_it(start, sim, tmp_path):
    state, copy = tmp_path / "state", tmp_path / "copy.db"
    gateway = serve(start, sim, state)
    assert ask(gateway) == 200 and usage(gateway)[0]["requests"] == 1
    assert paddock(gateway, "set", "llama2", "--queue", "9").returncode == 0

    def backup(*arguments):
        return subprocess.run([PADDOCK, "backup", *arguments], capture_output=True, text=True, timeout=60)

    done = backup(copy, "--state", state)
    assert done.returncode == 0 and str(copy) in done.stdout, done
    assert backup(copy, "--state", state).returncode == 73
    assert backup(tmp_path / "none.db", "--state", tmp_path / "none").returncode == 66
    # What comes after it is not in it.
    assert ask(gateway) == 200 and usage(gateway)[0]["requests"] == 2
    gateway.stop()
    for suffix in ("-wal", "-shm"):
        (state / f"paddock.db{suffix}").unlink(missing_ok=True)
    (state / "paddock.db").write_bytes(copy.read_bytes())
    gateway = serve(start, sim, state)
    assert usage(gateway)[0]["requests"] == 1 and limits(gateway)[1] == 9


def test_a_client_sees_its_own_usage_and_no_other(start, sim, tmp_path):
    config = tmp_path / "paddock.yaml"
    config.write_text("clients: {alice: {key: open-sesame}, bob: {key: other}}\n")
    gateway = serve(start, sim, tmp_path / "state", "--config", str(config))
    keys = {"alice": {"Authorization": "Bearer open-sesame"}, "bob": {"x-api-key": "other"}}
    body = {"model": "llama2", "prompt": "Hello", "stream": False}
    for name, count in (("alice", 2), ("bob", 1)):
        for _ in range(count):
            assert requests.post(f"{gateway.url}/api/generate", json=body, headers=keys[name], timeout=30).status_code == 200
    assert {row["client"]: row["requests"] for row in usage(gateway)} == {"alice": 2, "bob": 1}
    for name, count in (("alice", 2), ("bob", 1)):
        own = requests.get(f"{gateway.url}/usage", params={"by": "client,model"}, headers=keys[name], timeout=10).json()["usage"]
        assert [(row["client"], row["requests"]) for row in own] == [(name, count)]
    for headers in ({}, {"Authorization": "Bearer none"}):
        answer = requests.get(f"{gateway.url}/usage", headers=headers, timeout=10)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    # No key is in the store.
    files = b"".join(path.read_bytes() for path in (tmp_path / "state").rglob("*") if path.is_file())
    assert b"alice" in files and b"open-sesame" not in files


def test_single_requests_are_kept_if_asked_for(start, sim, tmp_path):
    gateway = serve(start, sim, tmp_path, PADDOCK_HISTORY_DAYS="7")
    assert ask(gateway) == 200 and ask(gateway, "qwen3") == 200
    gateway.process.send_signal(signal.SIGTERM)
    assert gateway.process.wait(30) == 0
    gateway = serve(start, sim, tmp_path, PADDOCK_HISTORY_DAYS="7")
    assert ask(gateway) == 200
    found = requests.get(f"{gateway.url}/admin/requests", timeout=10).json()["requests"]
    assert [request["model"] for request in found] == ["llama2", "qwen3", "llama2"]
    # As the one that has just ended is shown.
    shown = requests.get(f"{gateway.url}/queue/requests/{found[0]['id']}", timeout=10).json()
    assert {key: found[0][key] for key in shown if key != "arrived"} == {key: shown[key] for key in shown if key != "arrived"}
    listed = paddock(gateway, "requests", "--ended", "--model", "qwen3", "--client", "127.0.0.1", "--since", "2026-01-01")
    assert listed.returncode == 0 and found[1]["id"] in listed.stdout and found[0]["id"] not in listed.stdout, listed
    assert "No such request" in paddock(gateway, "requests", "--ended", "--outcome", "failed").stdout
    assert paddock(gateway, "requests", "--client", "alice").returncode == 64
    gateway.stop()
    gateway = serve(start, sim, tmp_path)
    answer = paddock(gateway, "requests", "--ended")
    assert answer.returncode == 69 and "history_days" in answer.stderr


def test_a_quota_of_a_day_outlives_a_restart(start, sim, tmp_path):
    config = tmp_path / "paddock.yaml"
    config.write_text("clients: {alice: {key: open-sesame, tokens_per_day: 100000}, bob: {key: other}}\n")
    headers = {"Authorization": "Bearer open-sesame"}

    def run():
        return serve(start, sim, tmp_path / "state", "--config", str(config))

    def own(gateway, key=headers):
        return requests.get(f"{gateway.url}/usage", headers=key, timeout=10).json()

    gateway = run()
    body = {"model": "llama2", "prompt": "Hello", "stream": False}
    for _ in range(3):
        assert requests.post(f"{gateway.url}/api/generate", json=body, headers=headers, timeout=30).status_code == 200
    before = own(gateway)
    used = before["usage"][0]["tokens_in"] + before["usage"][0]["tokens_out"]
    assert used > 0 and before["quota"]["tokens_of_day"] == used and before["quota"]["tokens_per_day"] == 100_000
    assert before["quota"]["parallel_limit"] is None and before["quota"]["tokens_reserved"] == 0
    assert own(gateway, {"x-api-key": "other"})["quota"] is None
    gateway.process.send_signal(signal.SIGTERM)
    assert gateway.process.wait(30) == 0
    assert own(run())["quota"]["tokens_of_day"] == used
