"""A sick backend: 94,046 of 94,096 requests were answered 500, and the page stayed green."""
import pytest
import requests
from stage import wait_until


@pytest.fixture(scope="session")
def sick(make_stage):
    """A backend that answers well, and then with 500 only."""
    stage = make_stage()
    stage.backend = stage.sim("--fast", "--tokens", "4")
    stage.serve(stage.backend)
    stage.clients = stage.load("--rate", "40")
    wait_until(lambda: stage.metric("paddock_replies_total", model="llama2", **{"class": "2xx"}) >= 50)
    stage.begin(lambda: requests.post(f"{stage.backend.url}/sim/faults", json={"fault": "500"}, timeout=10))
    return stage


def test_it_is_told(sick):
    trouble = sick.trouble("errors", model="llama2")
    assert "llama2" in trouble["text"] and "500" in trouble["text"] and trouble["link"] == "#models/llama2"
    sick.within(lambda: sick.listed("errors", severity="critical"), "that it is critical")
    sick.says("critical: ", "llama2", "5xx", status=1)
    replies = sick.model()["replies"]
    assert replies["5xx"] > 0 and replies["2xx"] >= 50
    assert sick.model()["recent"]["replies"]["5xx"] > 0
    url = sick.backend.url
    assert sick.metric("paddock_replies_total", model="llama2", backend=url, **{"class": "5xx"}) >= replies["5xx"]
    assert sick.get("/health")["status"] == "degraded"


def test_the_page_leads_to_the_model_and_the_backend(sick, page):
    page.open(sick).is_bad()
    page.follow("#models/llama2")
    page.shows("llama2", "5xx", "Answers of backends", sick.backend.url)
    page.can("Set limits…")
    page.open(sick).follow("#models/llama2")
    page.go(sick.backend.url)
    page.shows(sick.backend.url, "5xx")
    page.can("Drain…", of=sick.backend.url)


def test_it_ends(sick):
    requests.post(f"{sick.backend.url}/sim/faults", json={"fault": "none"}, timeout=10)


def test_it_is_over(sick):
    sick.is_over("errors", "backend_sick")
    # What happened stays in the totals.
    assert sick.model()["replies"]["5xx"] > 0
