"""The dashboard's views of requests, clients and events, in a real browser."""
import concurrent.futures
import threading

import pytest
import requests
from conftest import wait_until
from test_dashboard import HOSTILE, problems

TOKEN, VIEW = "the-admin-token", "the-view-token"


@pytest.fixture
def serve(start, tmp_path):
    """Starts a gateway with one slot, which believes clients who they are."""

    def run(backend):
        config = tmp_path / "paddock.yaml"
        config.write_text(
            f"backends: [{backend.url}]\nport: 0\nollama_num_parallel: 1\nadmin_token: {TOKEN}\nview_token: {VIEW}\n"
            "trusted_proxies: [127.0.0.1]\nidentity_headers: [X-User]\n"
        )
        gateway = start("serve", "--config", str(config), "--access-log", "off", "--state", str(tmp_path / "state"))
        gateway.headers = {"Authorization": f"Bearer {TOKEN}"}
        return gateway

    return run


@pytest.fixture
def busy(start, serve):
    """A gateway on which two clients with names have requests that run or wait, at any time."""
    # An answer takes much longer than its client takes to ask again.
    gateway = serve(start("sim", "--port", "0", "--load-time", "0", "--decode-rate", "80"))
    done = threading.Event()

    def ask(user):
        body = {"model": "llama2", "prompt": "Hi", "options": {"num_predict": 40}}
        while not done.is_set():
            requests.post(gateway.url + "/api/generate", json=body, headers={"X-User": user}, timeout=60)

    threads = [threading.Thread(target=ask, args=(user,)) for user in (HOSTILE[0], HOSTILE[0], "bob")]
    for thread in threads:
        thread.start()
    yield gateway
    done.set()
    for thread in threads:
        thread.join()


def open_view(browser, gateway, view, token=None):
    browser.get(gateway.url + "/dashboard")
    browser.execute_script("sessionStorage.clear(); if (arguments[0]) sessionStorage.setItem('paddock-token', arguments[0])", token)
    browser.get("about:blank")
    browser.get(f"{gateway.url}/dashboard#{view}")


def text(browser, selector="#view"):
    return browser.execute_script("return document.querySelector(arguments[0])?.textContent ?? ''", selector)


def buttons(browser):
    return browser.execute_script("return [...document.querySelectorAll('main button')].map((one) => one.textContent)")


@pytest.mark.parametrize("view", ["requests", "clients", "events"])
def test_who_may_see_what(browser, busy, view):
    requests.post(
        busy.url + "/admin/queue/update", json={"model": "llama2", "queue_limit": 9}, headers=busy.headers, timeout=10
    ).raise_for_status()
    open_view(browser, busy, view)
    wait_until(lambda: text(browser, "#heading").lower().startswith(view) and ("ign in" in text(browser)))
    assert "bob" not in text(browser, "body") and "python-requests" not in text(browser, "body")
    open_view(browser, busy, view, VIEW)
    seen = {"requests": "bob", "clients": "bob", "events": "python-requests"}[view]
    wait_until(lambda: seen in text(browser))
    changing = {"Cancel…", "Make a key…", "Set back…", "Pause…"}
    assert not changing & set(buttons(browser))
    open_view(browser, busy, view, TOKEN)
    wait_until(lambda: changing & set(buttons(browser)))
    assert not [one for one in problems(browser) if "status of 4" not in one["message"]]
    assert browser.execute_script("return document.title") != "owned"


def test_requests_are_filtered_by_what_the_address_says(browser, busy):
    open_view(browser, busy, "requests?client=bob", VIEW)
    wait_until(lambda: "bob" in text(browser) and "onerror" not in text(browser))
    open_view(browser, busy, "requests?state=queued&cause=slot", VIEW)
    wait_until(lambda: "all slots are taken" in text(browser) and "running" not in text(browser, "tbody"))
    browser.execute_script(
        "const field = document.querySelector('h1 input'); field.value = 'nothing'; field.dispatchEvent(new Event('input'))"
    )
    wait_until(lambda: "No such request runs or waits." in text(browser))
    assert "model=nothing" in browser.execute_script("return location.hash")


def test_a_filter_finds_what_the_page_has_no_more(browser, serve, sim):
    gateway = serve(sim)

    def ask(user):
        body = {"model": "llama2", "prompt": "Hi", "options": {"num_predict": 1}}
        requests.post(gateway.url + "/api/generate", json=body, headers={"X-User": user}, timeout=60).raise_for_status()

    ask("rare")
    with concurrent.futures.ThreadPoolExecutor(8) as clients:
        list(clients.map(ask, ["often"] * 220))
    last = requests.get(gateway.url + "/queue/requests?state=ended&limit=200", headers=gateway.headers, timeout=10).json()["requests"]
    assert len(last) == 200 and "user:rare" not in {one["client"] for one in last}, "these are what the page has"
    for query in ("client=user:rare", "client=user:rare&model=llama2&cause=2xx", "client=user:rare&cause=completed"):
        open_view(browser, gateway, "requests?" + query, VIEW)
        wait_until(lambda: "user:rare" in text(browser))
        assert "user:often" not in text(browser)
    open_view(browser, gateway, "requests?client=user:rare&cause=5xx", VIEW)
    wait_until(lambda: "No such request has ended lately." in text(browser))


def test_a_client_with_any_name_has_a_page_of_its_own(browser, busy):
    open_view(browser, busy, "clients", VIEW)
    wait_until(lambda: "onerror" in text(browser))
    browser.execute_script("[...document.querySelectorAll('tbody a')].find((one) => one.textContent.includes('onerror')).click()")
    wait_until(lambda: "Fair share" in text(browser))
    assert HOSTILE[0] in text(browser, "#heading")
    assert not browser.execute_script("return document.querySelector('main img')")


def test_limits_are_set_back_from_the_event(browser, busy):
    for limit in (7, 3):
        requests.post(
            busy.url + "/admin/queue/update", json={"model": "llama2", "queue_limit": limit}, headers=busy.headers, timeout=10
        ).raise_for_status()
    open_view(browser, busy, "events", TOKEN)
    find = "[...document.querySelectorAll('{} button')].find((one) => one.textContent.startsWith('Set back'))"
    wait_until(lambda: browser.execute_script(f"return Boolean({find.format('#view li')})"))
    browser.execute_script(find.format("#view li") + ".click()")
    browser.execute_script(find.format("dialog") + ".click()")
    wait_until(lambda: requests.get(busy.url + "/queue/stats", timeout=10).json()["models"]["llama2"]["queue_limit"] == 7)


def test_a_request_is_cancelled(browser, busy):
    open_view(browser, busy, "requests", TOKEN)
    # In one script, as what runs changes all the time.
    wait_until(lambda: browser.execute_script("""
        const last = [...document.querySelectorAll('#view button')].filter((one) => one.textContent === 'Cancel…').at(-1);
        last?.click();
        return last !== undefined;
    """))
    browser.execute_script("document.querySelector('dialog button.danger').click()")
    wait_until(lambda: text(browser, "#toast").endswith("is cancelled.") or text(browser, "dialog .problem"))


def test_a_model_is_pinned_unpinned_and_unloaded_on_its_page(browser, start):
    host = start("sim", "--port", "0", "--fast")
    gateway = start("serve", "--port", "0", "--backend", host.url, "--access-log", "off", "--parallel", "3")
    wait_until(lambda: requests.get(gateway.url + "/queue/stats", timeout=10).json()["backends"][0]["observed"])
    body = {"model": "llama2", "prompt": "Hi", "stream": False, "keep_alive": -1}
    requests.post(gateway.url + "/api/generate", json=body, timeout=60).raise_for_status()
    open_view(browser, gateway, "models/llama2")

    def confirm(label, action, said):
        wait_until(lambda: label in buttons(browser))
        browser.execute_script(f"[...document.querySelectorAll('main button')].find((one) => one.textContent === '{label}').click()")
        wait_until(lambda: text(browser, "dialog .primary") == action)
        browser.execute_script("document.querySelector('dialog .primary').click()")
        wait_until(lambda: text(browser, "#toast") == said)

    wait_until(lambda: "by --parallel" in text(browser))
    confirm("Pin…", "Pin", "llama2 is pinned.")
    wait_until(lambda: "(pinned)" in text(browser))
    assert "Unload…" not in buttons(browser), "it would be loaded again at once"
    confirm("Unpin…", "Unpin", "llama2 is unpinned.")
    confirm("Unload…", "Unload", "llama2 is unloaded.")
    wait_until(lambda: "It is loaded on no backend." in text(browser))
    assert requests.get(host.url + "/api/ps", timeout=10).json()["models"] == []
    browser.get(gateway.url + "/dashboard#fleet")
    wait_until(lambda: "First byte p90" in text(browser))
    # The same on the view of its host.
    requests.post(gateway.url + "/api/generate", json={"model": "llama2"}, timeout=10)
    wait_until(lambda: {"Unload…", "Pin…"} <= set(buttons(browser)))
    confirm("Pin…", "Pin", "llama2 is pinned.")
    wait_until(lambda: {"Unload…", "Pin…"}.isdisjoint(buttons(browser)))
    confirm("Unpin…", "Unpin", "llama2 is unpinned.")
    confirm("Unload…", "Unload", "llama2 is unloaded.")
    wait_until(lambda: "Unpin…" not in buttons(browser) and "Pin…" not in buttons(browser))
    assert requests.get(host.url + "/api/ps", timeout=10).json()["models"] == []
    assert problems(browser) == []
