"""A slow backend: one of two hosts answers, but hundreds of times more slowly than it did."""
import pytest
import requests
from stage import wait_until


@pytest.fixture(scope="session")
def slow(make_stage):
    """Two hosts whose answers begin within 0.1 s; then those of one begin after more than ten. They are so short that none is on its
    way when that begins."""
    stage = make_stage()
    stage.good, stage.bad = (stage.sim("--decode-rate", "400", "--tokens", "1", "--num-parallel", "4") for _ in range(2))
    for host in (stage.good, stage.bad):
        # Both have loaded the model, and share its requests.
        requests.post(f"{host.url}/api/generate", json={"model": "llama2", "prompt": "Hello"}, timeout=10)
    stage.serve(stage.good, stage.bad, ollama_num_parallel=4)
    stage.load("--concurrency", "4")
    wait_until(lambda: min(stage.metric("paddock_replies_total", backend=host.url) for host in (stage.good, stage.bad)) >= 60)
    stage.begin(lambda: requests.post(f"{stage.bad.url}/sim/faults", json={"fault": "slow", "factor": 400}, timeout=10))
    return stage


def test_it_is_told_which_it_is(slow):
    trouble = slow.trouble("slow", backend=slow.bad.url)
    assert slow.bad.url in trouble["text"] and trouble["link"].startswith("#fleet/")
    slow.says(slow.bad.url)
    assert not slow.listed("slow", backend=slow.good.url)


def test_the_page_leads_to_the_backend_and_drains_it(slow, page):
    page.open(slow).is_bad()
    page.follow(slow.trouble("slow", backend=slow.bad.url)["link"])
    page.shows(slow.bad.url, "Answers")
    page.press("Drain…", confirm="Drain", of=slow.bad.url)
    wait_until(lambda: slow.events("backend_drained"))
    assert slow.events("backend_drained")[0]["backend"] == slow.bad.url


def test_it_is_over(slow):
    slow.is_over("slow", "backend_sick", "long_waits")
