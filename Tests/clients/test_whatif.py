"""`serve --trace` and `paddock whatif`: recording and replaying."""
import json
import os
import signal
import subprocess

import pytest
import requests

from conftest import PADDOCK, wait_until

FIELDS = {
    "arrived", "id", "model", "client", "class", "weight", "stream", "deadline", "stated", "wait", "first_byte",
    "load", "chosen_by", "processing", "outcome", "status", "tokens_in", "tokens_out", "backend",
}


def whatif(*arguments, folder=None, environment=None):
    """Runs the command and returns its exit status, output and error output."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("OLLAMA_", "PADDOCK_", "REQUEST_"))}
    env.update(environment or {})
    done = subprocess.run(
        [os.path.abspath(PADDOCK), "whatif", *map(str, arguments)], capture_output=True, text=True, cwd=folder, env=env,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


def entry(arrived, client="ann", **changes):
    """A line of a trace: a request that took a second."""
    line = {
        "arrived": 1795521600 + arrived, "id": "x", "model": "llama2", "client": client, "class": "interactive", "weight": 1,
        "stream": True, "deadline": 300.0, "stated": False, "wait": 0, "first_byte": 0.1, "processing": 1.0,
        "outcome": "completed", "status": 200, "backend": "http://127.0.0.1:11434",
    }
    return json.dumps(line | changes)


@pytest.fixture
def trace(tmp_path):
    """Writes lines to a file and returns its name."""
    def write(*lines):
        file = tmp_path / "trace.jsonl"
        file.write_text("".join(line + "\n" for line in lines))
        return file

    return write


def lines_of(file):
    """The lines that are whole."""
    return [json.loads(line) for line in file.read_text().rpartition("\n")[0].splitlines()]


def test_serve_writes_each_request_that_reached_a_queue(start, sim, tmp_path):
    file = tmp_path / "requests.jsonl"
    gateway = start("serve", "--port", "0", "--backend", sim.url, "--parallel", "1", "--max-queue", "9", "--trace", str(file))
    body = {"model": "LLAMA2:latest", "prompt": "hello"}
    requests.post(f"{gateway.url}/api/generate", json=body, headers={"X-Request-Id": "one", "X-Request-Timeout": "7"})
    requests.post(f"{gateway.url}/api/generate", json=body | {"stream": False}, headers={"X-Request-Id": "two", "Priority": "u=6"})
    requests.post(f"{gateway.url}/api/generate", json={"model": "nothing-like-it", "prompt": "x"}, headers={"X-Request-Id": "three"})
    # None of these reaches the admission.
    requests.post(f"{gateway.url}/api/generate", json={"prompt": "x"})
    requests.get(f"{gateway.url}/api/tags")
    requests.get(f"{gateway.url}/queue/stats")
    wait_until(lambda: file.read_text().count("\n") == 3)
    # Each event loop has its own order.
    one, two, three = sorted(lines_of(file), key=lambda line: line["arrived"])
    assert set(one) == FIELDS
    assert (one["id"], one["model"], one["client"], one["class"], one["weight"]) == ("one", "llama2", "127.0.0.1", "interactive", 1)
    assert (one["stream"], one["outcome"], one["status"], one["backend"]) == (True, "completed", 200, sim.url)
    assert 6 < one["deadline"] <= 7 and one["stated"] is True
    assert 0 <= one["first_byte"] <= one["processing"]
    assert 0 <= one["load"] <= one["processing"] and three["load"] is None
    assert (two["id"], two["stream"], two["class"], two["stated"]) == ("two", False, "batch", False)
    assert 299 < two["deadline"] <= 300
    assert (three["id"], three["outcome"], three["status"]) == ("three", "completed", 404)


def test_the_last_lines_are_written_when_the_gateway_ends(start, sim, tmp_path):
    file = tmp_path / "requests.jsonl"
    gateway = start("serve", "--port", "0", "--backend", sim.url, "--trace", str(file))
    requests.post(f"{gateway.url}/api/embed", json={"model": "all-minilm", "input": "x"})
    gateway.process.send_signal(signal.SIGTERM)
    assert gateway.process.wait(30) == 0
    assert len(lines_of(file)) == 1


def test_a_trace_that_is_there_is_appended_to(start, sim, trace):
    file = trace(entry(0))
    gateway = start("serve", "--port", "0", "--backend", sim.url, "--trace", str(file))
    requests.post(f"{gateway.url}/api/generate", json={"model": "llama2", "prompt": "x"})
    wait_until(lambda: len(lines_of(file)) == 2)


def test_sighup_lets_go_of_a_trace_that_was_moved_away(start, sim, tmp_path):
    file, old = tmp_path / "requests.jsonl", tmp_path / "requests.1"
    gateway = start("serve", "--port", "0", "--backend", sim.url, "--trace", str(file))
    requests.post(f"{gateway.url}/api/generate", json={"model": "llama2", "prompt": "x"})
    wait_until(lambda: len(lines_of(file)) == 1)
    file.rename(old)
    gateway.process.send_signal(signal.SIGHUP)
    wait_until(file.exists)
    requests.post(f"{gateway.url}/api/generate", json={"model": "llama2", "prompt": "x"})
    wait_until(lambda: len(lines_of(file)) == 1)
    assert len(lines_of(old)) == 1


def test_a_trace_that_cannot_be_opened_is_no_start(start, sim, tmp_path):
    gateway = start("serve", "--port", "0", "--backend", sim.url, "--trace", str(tmp_path / "nowhere" / "trace"))
    assert gateway.process.wait(30) == 73
    said = [line for line in gateway.lines if line.startswith("paddock: ")]
    assert len(said) == 1 and "nowhere" in said[0] and "--trace" in said[0]


def test_a_full_disk_costs_lines_and_nothing_else(start, sim):
    gateway = start("serve", "--port", "0", "--backend", sim.url, "--trace", "/dev/full")
    for _ in range(3):
        assert requests.post(f"{gateway.url}/api/generate", json={"model": "llama2", "prompt": "x"}).status_code == 200
    wait_until(lambda: any("lines of the trace were lost" in line for line in gateway.lines))


def test_a_recorded_trace_is_replayed_side_by_side(start, sim, tmp_path):
    file = tmp_path / "requests.jsonl"
    gateway = start("serve", "--port", "0", "--backend", sim.url, "--parallel", "2", "--trace", str(file))
    for _ in range(5):
        requests.post(f"{gateway.url}/api/generate", json={"model": "llama2", "prompt": "x"})
    wait_until(lambda: len(lines_of(file)) == 5)
    status, output, errors = whatif(file, "--parallel", "1", folder=tmp_path)
    assert (status, errors) == (0, "")
    assert "5 requests of 1 model and 1 client" in output
    titles = next(line for line in output.splitlines() if "RECORDED" in line)
    assert titles.split() == ["RECORDED", "CONFIGURED", "ASKED"]
    completed = next(line for line in output.splitlines() if line.startswith("completed "))
    assert completed.split() == ["completed", "5", "5", "5"]
    assert "127.0.0.1" in output


def test_flags_and_configuration_are_told_apart(trace, tmp_path):
    # Six of one client and one of another, one slot: recorded in the order of arrival.
    file = trace(*(entry(0, wait=number) for number in range(6)), entry(0, "bob", wait=6))
    (tmp_path / "paddock.yaml").write_text("ollama_num_parallel: 1\nfairness: off\nrequest_timeout: 60\n")
    status, output, _ = whatif(file, "--fairness", "on", "--json", folder=tmp_path)
    assert status == 0
    result = json.loads(output)
    assert result["trace"] == {"file": str(file), "requests": 7, "skipped_lines": 0, "models": 1, "clients": 2}
    waits = {
        name: {client["client"]: client["wait"]["p99"] for client in result[name]["clients"]}
        for name in ("recorded", "configured", "asked")
    }
    assert waits["recorded"] == {"ann": 5.0, "bob": 6.0}
    assert waits["configured"] == {"ann": 5.0, "bob": 6.0}
    assert waits["asked"] == {"ann": 6.0, "bob": 1.0}
    assert result["recorded"]["setting"] is None
    assert result["configured"]["setting"] == {
        "parallel": 1, "max_queue": 512, "backends": 1, "backend_slots": [None], "fairness": "off", "fairness_by": "time", "batch_share": 5.0, "batch_slots": "all",
        "swap": "auto", "timeout": 60.0,
    }
    for name in ("recorded", "configured", "asked"):
        assert result[name]["completed"] == 7
        assert result[name]["utilisation"] == 1.0
        assert result[name]["classes"]["interactive"]["requests"] == 7
        assert result[name]["classes"]["batch"]["wait"] is None


def test_tokens_of_a_trace_count_with_fairness_by_tokens(trace, tmp_path):
    # All take as long, and those of ann use ten times the tokens.
    file = trace(
        *(entry(0, wait=number, tokens_in=0, tokens_out=1000) for number in range(4)),
        *(entry(0, "bob", wait=4 + number, tokens_in=0, tokens_out=100) for number in range(4)),
    )
    (tmp_path / "paddock.yaml").write_text("ollama_num_parallel: 1\n")
    status, output, _ = whatif(file, "--fairness-by", "tokens", "--json", folder=tmp_path)
    assert status == 0
    result = json.loads(output)
    waits = {
        name: {client["client"]: client["wait"]["p99"] for client in result[name]["clients"]}
        for name in ("configured", "asked")
    }
    assert [result[name]["setting"]["fairness_by"] for name in waits] == ["time", "tokens"]
    assert waits["configured"] == {"ann": 6.0, "bob": 7.0}
    assert waits["asked"] == {"ann": 7.0, "bob": 4.0}
    assert "fairness by tokens" in whatif(file, "--fairness-by", "tokens", folder=tmp_path)[1]


def test_loads_are_replayed(trace, tmp_path):
    # Two models in turn on a host that holds one: recorded with a load for each request.
    file = trace(*(entry(number / 4, model=("a", "b")[number % 2], wait=number * 5.75, load=5, processing=6, first_byte=5.1)
                   for number in range(40)))
    status, output, _ = whatif(file, "--parallel", "2", "--swap", "off", "--json", folder=tmp_path)
    assert status == 0
    result = json.loads(output)
    assert result["recorded"]["loads"] == 40 and result["configured"]["setting"]["swap"] == "auto"
    assert 3 * result["configured"]["loads"] <= result["asked"]["loads"]
    assert result["configured"]["wait_and_load"]["p99"] < result["asked"]["wait_and_load"]["p99"]
    assert result["configured"]["completed_per_second"] > result["asked"]["completed_per_second"]
    titles = [line.split("  ")[0] for line in whatif(file, folder=tmp_path)[1].splitlines()]
    assert {"model loads", "wait and load, p50", "wait and load, p99"} <= set(titles)


def test_without_flags_nothing_is_asked(trace, tmp_path):
    file = trace(entry(0))
    status, output, _ = whatif(file, "--json", folder=tmp_path)
    assert status == 0
    assert set(json.loads(output)) == {"trace", "recorded", "configured"}


@pytest.mark.parametrize(
    "flags, field, value",
    [
        (("--max-queue", "1"), "rejected", 2),
        (("--timeout", "1500ms"), "completed", None),
        (("--backends", "2"), "seconds", 2.0),
        (("--parallel", "4"), "seconds", 1.0),
    ],
)
def test_each_flag_counts(trace, tmp_path, flags, field, value):
    file = trace(*(entry(0) for _ in range(4)))
    status, output, errors = whatif(file, "--parallel", "1", *flags, "--json", folder=tmp_path)
    if value is None:
        assert status == 78 and "--timeout" in errors
        return
    assert json.loads(output)["asked"][field] == value


def test_lines_that_are_no_trace_are_counted_and_skipped(trace, tmp_path):
    file = trace("nonsense", entry(0), "", '{"arrived":true}', "x" * 100_000, entry(1))
    status, output, _ = whatif(file, "--json", folder=tmp_path)
    assert status == 0
    assert json.loads(output)["trace"]["skipped_lines"] == 3
    assert json.loads(output)["trace"]["requests"] == 2
    assert "3 lines skipped" in whatif(file, folder=tmp_path)[1]


def test_a_client_cannot_write_to_the_terminal(trace, tmp_path):
    file = trace(entry(0, "\x1b[2Jevil\n"))
    output = whatif(file, folder=tmp_path)[1]
    assert "\x1b" not in output and "evil" in output


@pytest.mark.parametrize(
    "arguments, status, words",
    [
        (("nowhere.jsonl",), 66, "nowhere.jsonl"),
        ((".",), 66, "directory"),
        (("empty.jsonl",), 65, "not a trace"),
        (("nonsense.jsonl",), 65, "not a trace"),
        (("long.jsonl",), 65, "hundred years"),
        ((), 64, "trace"),
        (("good.jsonl", "--no-such-flag"), 64, "--no-such-flag"),
        (("good.jsonl", "--parallel", "0"), 78, "--parallel"),
        (("good.jsonl", "--parallel", "-3"), 78, "--parallel"),
        (("good.jsonl", "--max-queue", "many"), 78, "--max-queue"),
        (("good.jsonl", "--fairness", "maybe"), 78, "--fairness"),
        (("good.jsonl", "--fairness-by", "requests"), 78, "--fairness-by"),
        (("good.jsonl", "--batch-share", "90"), 78, "--batch-share"),
        (("good.jsonl", "--batch-slots", "none"), 78, "--batch-slots"),
        (("good.jsonl", "--timeout", "soon"), 78, "--timeout"),
        (("good.jsonl", "--backends", "0"), 78, "--backends"),
        (("good.jsonl", "--backends", "1001"), 78, "--backends"),
        (("good.jsonl", "--config", "nowhere.yaml"), 78, "nowhere.yaml"),
        (("good.jsonl", "--config", "bad.yaml"), 78, "bad.yaml:1"),
    ],
)
def test_errors_are_one_clear_line(tmp_path, arguments, status, words):
    (tmp_path / "good.jsonl").write_text(entry(0) + "\n")
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "nonsense.jsonl").write_text("nonsense\n" * 3)
    (tmp_path / "long.jsonl").write_text((entry(0, processing=31_000_000) + "\n") * 200)
    (tmp_path / "bad.yaml").write_text("ollama_num_parallel: many\n")
    code, output, errors = whatif(*arguments, folder=tmp_path)
    assert (code, output) == (status, "")
    assert words in errors
    if status != 64:
        assert errors.count("\n") == 1 and errors.startswith("paddock: ")
