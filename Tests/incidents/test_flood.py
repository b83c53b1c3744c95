"""A flood: one client sends far more than its share, and the others must see nothing of it but know who it is."""
import pytest
from stage import wait_until

FLOOD = "user:flood"


@pytest.fixture(scope="session")
def flooded(make_stage):
    """Twenty requests a second can be served; alice sends some, and then another client sixty a second."""
    stage = make_stage()
    stage.serve(stage.sim("--decode-rate", "200", "--tokens", "16", "--num-parallel", "2"), ollama_num_parallel=2, ollama_max_queue=40)
    stage.load("--concurrency", "1")
    wait_until(lambda: (stage.client("user:alice") or {"completed": 0})["completed"] >= 3)
    stage.begin(lambda: setattr(stage, "flood", stage.load("--rate", "60", client="flood")))
    return stage


def test_it_is_told_who_it_is(flooded):
    trouble = flooded.trouble("client_flooding", client=FLOOD)
    assert FLOOD in trouble["text"] and trouble["link"] == "#clients/user%3Aflood"
    flooded.says(FLOOD)
    flood, alice = flooded.client(FLOOD), flooded.client("user:alice")
    assert flood["rejected"] > 0 and flood["waiting"] > alice["waiting"]
    assert flood["share"] > alice["share"] and alice["rejected"] == 0
    assert flooded.metric("paddock_requests_total", model="llama2", outcome="rejected") > 0
    shown = flooded.paddock("clients").stdout
    assert FLOOD in shown and "user:alice" in shown


def test_the_page_leads_to_the_client_and_pauses_it(flooded, page):
    page.open(flooded).is_bad()
    page.follow("#clients/user%3Aflood")
    page.shows(FLOOD, "Rejected", "Waiting", "Fair share")
    page.can("Pause…", "Cap…")
    page.press("Pause…", confirm="Pause")
    wait_until(lambda: flooded.client(FLOOD)["paused"])
    assert wait_until(lambda: flooded.events("client_paused"))[0]["client"] == FLOOD
    # Nothing of it starts any more, and whoever paused it is reminded.
    wait_until(lambda: flooded.client(FLOOD)["running"] == 0)
    assert flooded.client("user:alice")["paused"] is False
    flooded.trouble("client_paused", client=FLOOD)


def test_it_ends(flooded):
    flooded.end(flooded.flood)
    flooded.post("/admin/clients/resume", client=FLOOD)


def test_it_is_over(flooded):
    flooded.is_over("client_flooding", "client_paused", "rejecting", "queue_nearly_full")
