"""503s and 504s: more requests than a slow model can serve, so that some are rejected and others wait until their deadline."""
import threading

import pytest
import requests
from stage import wait_until


@pytest.fixture(scope="session")
def crowded(make_stage):
    """One slot of a second per request, a queue of four places and two seconds until the answer must begin."""
    stage = make_stage()
    stage.backend = stage.sim("--decode-rate", "20", "--tokens", "20", "--num-parallel", "1")
    stage.serve(stage.backend, ollama_num_parallel=1, ollama_max_queue=4, request_timeout=2)
    assert stage.ask().status_code == 200
    stage.begin(lambda: setattr(stage, "clients", stage.load("--rate", "6", "--num-predict", "20")))
    return stage


def test_it_is_told(crowded):
    assert "llama2" in crowded.trouble("rejecting", model="llama2")["text"]
    timed_out = crowded.trouble("timing_out", model="llama2")
    assert timed_out["link"] == "#models/llama2"
    crowded.says("rejected", "deadline", "llama2")
    model = crowded.model()
    assert model["total_rejected"] > 0 and model["total_timed_out"] > 0
    assert model["recent"]["rejected"] > 0 and model["recent"]["timed_out"] > 0
    assert crowded.metric("paddock_requests_total", model="llama2", outcome="rejected") > 0
    assert crowded.metric("paddock_requests_total", model="llama2", outcome="timed_out") > 0


def test_each_refusal_says_what_happened(crowded):
    replies = {}
    is_over = threading.Event()

    def client():
        while not is_over.wait(0.05):
            reply = crowded.ask()
            # One that got its slot late may time out at the backend.
            if reply.json().get("cause") != "backend_silent":
                replies[reply.status_code] = reply

    # Eight want the four places: whenever one is free, one of them gets it, behind so many that it waits too long; and others get none.
    # A single one would take its own place again, or never find a free one.
    clients = [threading.Thread(target=client) for _ in range(8)]
    for one in clients:
        one.start()
    try:
        wait_until(lambda: {503, 504} <= replies.keys(), 30)
    finally:
        is_over.set()
        for one in clients:
            one.join()
    assert int(replies[503].headers["Retry-After"]) >= 1 and replies[503].json()["code"] == "queue_full"
    late = replies[504].json()
    assert late["cause"] == "waiting" and late["deadline_ms"] == 2000 and "llama2" in late["message"], late


def test_the_page_leads_to_the_limits_and_the_requests(crowded, page):
    page.open(crowded).is_bad()
    page.follow("#models/llama2")
    page.shows("llama2", "rejected", "timed out")
    page.can("Set limits…")
    page.go("Requests")
    page.shows("timed out: waiting", "alice")


def test_it_ends(crowded):
    crowded.end(crowded.clients)
    # Whoever has seen what it was gives the model more slots; then all goes well.
    requests.post(f"{crowded.backend.url}/sim/faults", json={"parallel": 8}, timeout=10)
    crowded.post("/admin/queue/update", model="llama2", parallel_limit=8)
    crowded.load("--concurrency", "2", "--num-predict", "20")


def test_it_is_over(crowded):
    crowded.is_over("rejecting", "timing_out", "queue_nearly_full")
