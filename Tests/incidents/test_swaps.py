"""Swaps: two models take turns on a host that has memory for one, and it loads more than it serves."""
import pytest
from stage import wait_until


@pytest.fixture(scope="session")
def swapping(make_stage):
    """A client that asks one model and then the other, again and again."""
    stage = make_stage()
    stage.backend = stage.sim("--max-loaded-models", "1", "--decode-rate", "100", "--tokens", "8", load_time=0.5)
    stage.serve(stage.backend)
    assert stage.ask().status_code == 200

    def alternate():
        for model in ("mistral", "llama2"):
            stage.ask(model=model)

    stage.begin(lambda: setattr(stage, "clients", stage.repeat(alternate)))
    return stage


def test_it_is_told(swapping):
    url = swapping.backend.url
    trouble = swapping.trouble("swapping", backend=url)
    assert url in trouble["text"] and "swapped" in trouble["text"]
    swapping.says(url, "swapped")
    swapping.within(lambda: swapping.events("swapping"), "the event swapping")
    assert swapping.events("swapping")[0]["backend"] == url
    assert swapping.metric("paddock_swaps_total", backend=url, reason="turn") >= 3
    assert swapping.model("mistral")["swaps"] > 0


def test_the_page_leads_to_the_backend(swapping, page):
    page.open(swapping).is_bad()
    page.follow(swapping.trouble("swapping", backend=swapping.backend.url)["link"])
    page.shows(swapping.backend.url, "Swaps a minute", "Useful time")
    page.can("Drain…", of=swapping.backend.url)


def test_it_ends(swapping):
    swapping.end(swapping.clients)
    swapping.load("--concurrency", "1")


def test_it_is_over(swapping):
    swapping.is_over("swapping")
