"""What a declared client may use at most, with unmodified libraries."""
import concurrent.futures
import json
import signal
import subprocess

import anthropic
import ollama
import openai
import pytest
import requests
from conftest import PADDOCK, wait_until

MESSAGES = [{"role": "user", "content": "Hello"}]


@pytest.fixture
def declare(start, sim, tmp_path):
    """Starts a gateway on which alice has a quota, and bob none."""

    def declare(quota, backend=None, *flags):
        path = tmp_path / "paddock.yaml"
        path.write_text(json.dumps({"clients": {"alice": {"key": "alice-key", **quota}, "bob": {"key": "bob-key"}}}))
        return start("serve", "--port", "0", "--backend", (backend or sim).url, "--config", str(path), *flags)

    return declare


def generate(gateway, key="alice-key", model="llama2", **body):
    return requests.post(
        f"{gateway.url}/api/generate", headers={"Authorization": f"Bearer {key}"},
        json={"model": model, "prompt": "Hello", "stream": False, **body},
    )


def openai_client(gateway, key="alice-key", **options):
    return openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=key, max_retries=0, **options)


def test_requests_of_a_minute_in_every_dialect(declare):
    gateway = declare({"requests_per_minute": 3})
    for left in (2, 1, 0):
        reply = generate(gateway)
        assert reply.status_code == 200
        assert reply.headers["x-ratelimit-limit-requests"] == "3"
        assert reply.headers["x-ratelimit-remaining-requests"] == str(left)
        assert reply.headers["x-ratelimit-reset-requests"].endswith("s")
    refused = generate(gateway)
    assert refused.status_code == 429 and refused.json()["code"] == "rate_limit_exceeded"
    assert 1 <= int(refused.headers["retry-after"]) <= 61
    assert "3 requests" in refused.json()["message"]
    with pytest.raises(openai.RateLimitError) as error:
        openai_client(gateway).chat.completions.create(model="llama2", messages=MESSAGES)
    assert error.value.code == error.value.type == "rate_limit_exceeded"
    with pytest.raises(anthropic.RateLimitError) as error:
        anthropic.Anthropic(base_url=gateway.url, api_key="alice-key", max_retries=0).messages.create(
            model="llama2", max_tokens=5, messages=MESSAGES)
    assert error.value.body["error"]["type"] == "rate_limit_error"
    assert error.value.response.headers["anthropic-ratelimit-requests-remaining"] == "0"
    assert error.value.response.headers["anthropic-ratelimit-requests-reset"].endswith("Z")
    with pytest.raises(ollama.ResponseError) as error:
        ollama.Client(host=gateway.url, headers={"Authorization": "Bearer alice-key"}).generate("llama2", "Hello")
    assert error.value.status_code == 429
    # Others, and lists, are not concerned.
    assert generate(gateway, "bob-key").status_code == 200
    assert "x-ratelimit-limit-requests" not in generate(gateway, "bob-key").headers
    assert requests.get(f"{gateway.url}/api/tags", headers={"Authorization": "Bearer alice-key"}).status_code == 200


def test_only_some_models(declare):
    gateway = declare({"models": ["mistral:*", "nomic*"]})
    assert generate(gateway, model="mistral").status_code == 200
    with pytest.raises(openai.PermissionDeniedError) as error:
        openai_client(gateway).chat.completions.create(model="llama2", messages=MESSAGES)
    assert error.value.code == "model_not_allowed" and "llama2" in str(error.value)
    assert error.value.response.headers["x-should-retry"] == "false"
    assert generate(gateway, "bob-key").status_code == 200


def test_what_runs_at_once_waits_and_does_not_fail(declare, start):
    slow = start("sim", "--port", "0", "--load-time", "0", "--decode-rate", "50", "--tokens", "10", "--num-parallel", "8")
    gateway = declare({"parallel_limit": 2}, slow, "--parallel", "8")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        replies = [pool.submit(generate, gateway) for _ in range(8)]
        most, reasons = 0, set()
        while not all(reply.done() for reply in replies):
            listed = requests.get(f"{gateway.url}/queue/requests").json()["requests"]
            most = max(most, sum(one["state"] == "active" for one in listed))
            reasons |= {one["waiting_for"] for one in listed if one["state"] == "queued"}
        statuses = [reply.result().status_code for reply in replies]
    assert statuses == [200] * 8 and 1 <= most <= 2 and reasons <= {"limit"}, (statuses, most, reasons)
    assert generate(gateway, "bob-key").headers["x-queue-position"] == "0"


def test_so_many_wait(declare, start):
    slow = start("sim", "--port", "0", "--load-time", "0", "--decode-rate", "1", "--tokens", "1000")
    gateway = declare({"parallel_limit": 1, "queue_limit": 1}, slow)
    key = {"Authorization": "Bearer alice-key"}
    body = {"model": "llama2", "prompt": "x"}
    with requests.post(f"{gateway.url}/api/generate", json=body, headers=key, stream=True), \
            concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(requests.post, f"{gateway.url}/api/generate", json=body,
                              headers={**key, "X-Request-Timeout": "3"})
        wait_until(lambda: requests.get(f"{gateway.url}/queue/stats").json()["models"]["llama2"]["queued_requests"] == 1)
        refused = generate(gateway)
        assert refused.status_code == 429 and "1 requests waiting" in refused.json()["message"], refused.text
        assert waiting.result().status_code in (503, 504)


def test_tokens_of_a_day_are_kept_by_many_at_once(declare, start):
    fast = start("sim", "--port", "0", "--load-time", "0", "--decode-rate", "100000", "--tokens", "40", "--num-parallel", "64")
    gateway = declare({"tokens_per_day": 20_000}, fast, "--parallel", "64")
    used = 0
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        for reply in pool.map(lambda _: generate(gateway), range(1_200)):
            if reply.status_code == 200:
                used += reply.json()["prompt_eval_count"] + reply.json()["eval_count"]
            else:
                assert reply.status_code == 429 and reply.json()["code"] == "insufficient_quota", reply.text
    assert 15_000 < used <= 20_000 + 1_000
    stats = requests.get(f"{gateway.url}/queue/stats").json()["models"]["llama2"]
    assert stats["total_tokens_in"] + stats["total_tokens_out"] == used
    while (last := generate(gateway)).status_code == 200:
        pass
    assert last.headers["x-should-retry"] == "false" and int(last.headers["retry-after"]) <= 86_400
    assert last.headers["x-ratelimit-remaining-tokens"] == "0"
    assert generate(gateway, "bob-key").status_code == 200


@pytest.mark.parametrize("quota, code", [
    ("tokens_per_day", "insufficient_quota"), ("tokens_per_minute", "rate_limit_exceeded"),
])
def test_answers_of_a_stated_length_are_reserved(declare, start, quota, code):
    # All arrive before one has ended, and nothing is known of them but what they say.
    slow = start("sim", "--port", "0", "--load-time", "0", "--decode-rate", "400", "--tokens", "400", "--num-parallel", "256")
    gateway = declare({quota: 20_000}, slow, "--parallel", "256")
    used, refused = [], 0
    with concurrent.futures.ThreadPoolExecutor(200) as pool:
        for reply in pool.map(lambda _: generate(gateway, options={"num_predict": 400}), range(200)):
            if reply.status_code == 200:
                used.append(reply.json()["prompt_eval_count"] + reply.json()["eval_count"])
            else:
                assert reply.status_code == 429 and reply.json()["code"] == code, reply.text
                refused += 1
    assert refused > 0 and sum(used) <= 20_000 + max(used), (len(used), sum(used))
    # Each takes 400 and what a prompt is expected to be: it was 1000 for all of it.
    assert len(used) > 20, used


def test_a_reload_applies_them(declare, tmp_path):
    gateway = declare({})
    assert generate(gateway).status_code == 200
    path = tmp_path / "paddock.yaml"
    path.write_text(json.dumps({"clients": {"alice": {"key": "alice-key", "requests_per_minute": 1}}}))
    gateway.process.send_signal(signal.SIGHUP)
    wait_until(lambda: generate(gateway).status_code == 429)


@pytest.mark.parametrize(("key", "value", "wanted"), [
    ("parallel_limit", 0, "1 to 10000"), ("tokens_per_day", "many", "1 to 1000000000000"), ("models", ["a*b"], "mistral:*"),
    ("requests_per_minute", -1, "1 to 1000000"),
])
def test_a_bad_quota_is_one_clear_line(tmp_path, key, value, wanted):
    path = tmp_path / "paddock.yaml"
    path.write_text(json.dumps({"clients": {"alice": {"key": "k", key: value}}}))
    result = subprocess.run([PADDOCK, "check-config", "--config", str(path)], capture_output=True, text=True)
    assert result.returncode != 0 and f"clients.alice.{key}" in result.stderr and wanted in result.stderr, result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
