"""A bad limit: somebody sets the limits of a model far too low, and its requests are rejected."""
import pytest
from stage import wait_until


@pytest.fixture(scope="session")
def limited(make_stage):
    """Four at once are enough for all; then one at once has to be, and nothing may wait."""
    stage = make_stage()
    stage.serve(stage.sim("--decode-rate", "200", "--tokens", "16", "--num-parallel", "4"), models={"llama2": {"parallel_limit": 4, "queue_limit": 50}})
    stage.load("--rate", "12")
    wait_until(lambda: (stage.model() or {"total_processed": 0})["total_processed"] >= 20)
    stage.begin(lambda: stage.paddock("set", "llama2", "--parallel", "1", "--queue", "0"))
    return stage


def test_it_is_told_with_who_set_it(limited):
    trouble = limited.trouble("rejecting", model="llama2")
    assert trouble["link"] == "#models/llama2"
    limited.says("rejected", "llama2")
    event = limited.within(lambda: limited.events("limits_set"), "the event limits_set")[0]
    assert (event["before"], event["after"]) == ("4 at once, 50 may wait", "1 at once, 0 may wait")
    assert event["by"] == "local" and event["tool"].startswith("paddock")
    assert limited.metric("paddock_parallel_limit", model="llama2") == 1
    assert limited.metric("paddock_requests_total", model="llama2", outcome="rejected") > 0
    assert "limits_set" in limited.paddock("events").stdout


def test_the_page_leads_to_the_limits_and_sets_them_back(limited, page):
    page.open(limited).is_bad()
    page.follow("#models/llama2")
    page.shows("At once, on each backend", "set at run time", "the file says 50")
    page.can("Set limits…")
    for limit in ("parallel_limit", "queue_limit"):
        page.steps = 1
        before = limited.model()
        page.press("Back to the file’s value…", confirm="Set back")
        wait_until(lambda: limited.model()["queue_limit"] + limited.model()["parallel_limit"] > before["queue_limit"] + before["parallel_limit"])
    assert (limited.model()["parallel_limit"], limited.model()["queue_limit"]) == (4, 50)
    wait_until(lambda: limited.events("setting_unset"))


def test_it_is_over(limited):
    limited.is_over("rejecting", "queue_nearly_full")
