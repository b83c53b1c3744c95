"""`/dashboard` in a real browser: it shows what `/queue/stats` has, whatever the names of models."""
import itertools
import json
import re
import signal
import socket
import threading
import time

import pytest
import requests
from conftest import Process, free_port, raw, wait_until

HOSTILE = [
    "<img src=x onerror=document.title='owned'>",
    "</script><script>document.title='owned'</script>",
    "\" onmouseover=\"document.title='owned'\" x=\"",
    "'&quot;&lt;b&gt;",
    "\u202egnp.exe",
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "line\nbreak\tand\u2028more",
    "{{7*7}}${7*7}",
    "__proto__",
    "\U0001f600" * 64,
]


def ask(url, model, **fields):
    return requests.post(url + "/api/generate", json={"model": model, "prompt": "Hi", **fields}, timeout=60)


def name_models(url, names, limit=9):
    """Makes the gateway know models without a request to them."""
    with requests.Session() as session:
        for name in names:
            reply = session.post(url + "/admin/queue/update", json={"model": name, "queue_limit": limit}, timeout=10)
            assert reply.status_code == 200, reply.text


READ = """
    const rows = [];
    for (const row of document.querySelectorAll(".models tbody tr")) {
      const cells = {};
      for (const cell of row.querySelectorAll("td[data-key]")) cells[cell.dataset.key] = cell.textContent;
      rows.push([row.querySelector("th bdi").textContent, cells]);
    }
    return {rows, status: document.getElementById("status-text").textContent, count: document.getElementById("model-count")?.textContent};
"""

# The table of models, with the totals that /queue/stats has.
MODELS = "/dashboard#models?period=reset"


def read(browser):
    """What the page shows at #models."""
    page = browser.execute_script(READ)
    page["rows"] = dict(page["rows"])
    return page


def text(browser, selector):
    """The text of an element, `None` if there is none."""
    return browser.execute_script("return document.querySelector(arguments[0])?.textContent ?? null", selector)


def expected(model):
    unserved = sum(model["total_" + reason] for reason in ("rejected", "would_time_out", "timed_out", "failed"))
    return {
        "active": f"{model['active_requests']:,} / {model['parallel_limit']:,}",
        "queued": f"{model['queued_requests']:,} / {model['queue_limit']:,}",
        "requests": f"{model['total_requests']:,}",
        "unserved": f"{unserved:,}",
        "swaps": f"{model['swaps']:,}",
    }


def is_true(browser, url):
    """Whether the page agrees with the statistics."""
    stats = requests.get(url + "/queue/stats", timeout=10).json()["models"]
    page = read(browser)
    for name, cells in page["rows"].items():
        wanted = expected(stats[name])
        assert {key: cells[key] for key in wanted} == wanted, name
    return page


def shows(browser, url, seconds=20):
    """Waits until the page agrees with the statistics; the last difference is the error."""
    end = time.monotonic() + seconds
    while True:
        try:
            return is_true(browser, url)
        except (AssertionError, KeyError):
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def problems(browser):
    """What the console complains of, but for connections that failed and requests that were refused."""
    return [entry for entry in browser.get_log("browser") if "Failed to load resource" not in entry["message"]]


def rows(browser):
    return read(browser)["rows"]


def go_to(browser, view):
    """Goes to another view, as a link does it."""
    browser.execute_script("location.hash = arguments[0]", view)


def click(browser, script):
    browser.execute_script(script + ".click()")


@pytest.mark.parametrize("count", [1, 20, 200])
def test_it_shows_what_the_statistics_say_under_load(browser, sim, start, count):
    gateway = start("serve", "--port", "0", "--backend", sim.url, "--parallel", "2", "--max-queue", "4")
    name_models(gateway.url, [f"model-{number}" for number in range(count - 1)])
    browser.get(gateway.url + MODELS)
    shows(browser, gateway.url)
    stop = threading.Event()

    def load():
        with requests.Session() as session:
            while not stop.is_set():
                session.post(gateway.url + "/api/generate", json={"model": "llama2", "prompt": "Hi"}, timeout=60)

    clients = [threading.Thread(target=load) for _ in range(12)]
    for client in clients:
        client.start()
    # While requests come and go the page follows: more end, and some are rejected.
    wait_until(lambda: int(rows(browser).get("llama2", {}).get("requests", "0").replace(",", "")) > 50)
    wait_until(lambda: rows(browser)["llama2"]["unserved"] != "0")
    stop.set()
    for client in clients:
        client.join()
    page = shows(browser, gateway.url)
    assert page["count"] == str(count)
    assert len(page["rows"]) == min(count, 50)
    # On a slow machine requests are rejected for so long that it is a problem.
    assert page["status"] in ("Live", "1 problem")
    assert "llama2" in page["rows"], "the busiest is on the first page"
    go_to(browser, "overview")
    wait_until(lambda: "rejected" in (text(browser, "#unserved") or ""))
    assert "rejected" in browser.execute_script("return document.getElementById('sum-unserved').parentElement.textContent")
    assert problems(browser) == []


def test_what_is_held_shows_as_active_and_queued(browser, backend, start):
    go = threading.Event()

    def script(connection, request):
        go.wait()
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")

    gateway = start("serve", "--port", "0", "--backend", backend(script).url, "--parallel", "2", "--max-queue", "5")
    browser.get(gateway.url + MODELS)
    clients = [threading.Thread(target=ask, args=(gateway.url, "llama2")) for _ in range(5)]
    for client in clients:
        client.start()
    try:
        wait_until(lambda: rows(browser).get("llama2", {}).get("queued") == "3 / 5")
        page = shows(browser, gateway.url)
        assert page["rows"]["llama2"]["active"] == "2 / 2"
        go_to(browser, "overview")
        wait_until(lambda: (text(browser, "#sum-active"), text(browser, "#sum-queued")) == ("2", "3"))
        go_to(browser, MODELS.partition("#")[2])
    finally:
        go.set()
    for client in clients:
        client.join()
    wait_until(lambda: rows(browser).get("llama2", {}).get("requests") == "5")
    shows(browser, gateway.url)


def test_names_that_clients_choose_are_text(browser, sim, start):
    gateway = start("serve", "--port", "0", "--backend", sim.url)
    name_models(gateway.url, HOSTILE)
    known = set(requests.get(gateway.url + "/queue/stats", timeout=10).json()["models"])
    assert len(known) == len(HOSTILE)
    browser.get(gateway.url + MODELS)
    wait_until(lambda: set(rows(browser)) == known)
    shows(browser, gateway.url)
    for name in known:
        browser.execute_script(
            "[...document.querySelectorAll('.models th a')].find((one) => one.textContent === arguments[0]).click()", name
        )
        wait_until(lambda: text(browser, "#heading > bdi") == name)
        wait_until(lambda: browser.title == " · ".join([re.sub(r"[ \t\n\r\f]+", " ", name), "Models", "Paddock"]))
        go_to(browser, MODELS.partition("#")[2])
        wait_until(lambda: set(rows(browser)) == known)
    assert browser.execute_script("return document.querySelectorAll('img, body script, main b').length") == 0
    # Even a script of the page itself could not make markup of a name.
    with pytest.raises(Exception, match="TrustedHTML"):
        browser.execute_script("document.body.innerHTML = arguments[0]", HOSTILE[0])


def test_limits_can_be_set_and_statistics_reset(browser, sim, start):
    gateway = start("serve", "--port", "0", "--backend", sim.url, "--parallel", "2", "--max-queue", "4")
    ask(gateway.url, "llama2")
    browser.get(gateway.url + "/dashboard#models/llama2")
    set_limits(browser, 7, 33)
    wait_until(lambda: not browser.execute_script("return document.querySelector('dialog')"))
    assert requests.get(gateway.url + "/queue/stats?model=llama2", timeout=10).json()["parallel_limit"] == 7
    # Where the limits come from, and back to them.
    back = "[...document.querySelectorAll('main button')].filter((one) => one.textContent.startsWith('Back to'))"
    wait_until(lambda: browser.execute_script(f"return {back}.length") == 2)
    click(browser, back + "[0]")
    click(browser, "document.querySelector('dialog .primary')")
    wait_until(lambda: requests.get(gateway.url + "/queue/stats?model=llama2", timeout=10).json()["parallel_limit"] == 2)
    wait_until(lambda: browser.execute_script(f"return {back}.length") == 1)
    click(browser, "[...document.querySelectorAll('main button')].find((one) => one.textContent.startsWith('Reset'))")
    click(browser, "document.querySelector('dialog .primary')")
    go_to(browser, MODELS.partition("#")[2])
    wait_until(lambda: rows(browser).get("llama2", {}).get("requests") == "0")
    shows(browser, gateway.url)


def set_limits(browser, parallel, queue):
    """Sets limits in the view of a model."""
    wait_until(lambda: browser.execute_script("return document.getElementById('set-limits')"))
    click(browser, "document.getElementById('set-limits')")
    browser.execute_script("""
        const [parallel, queue] = document.querySelectorAll("dialog input");
        parallel.value = arguments[0];
        queue.value = arguments[1];
    """, parallel, queue)
    click(browser, "document.querySelector('dialog .primary')")


def sign_in(browser, token):
    """Enters a token in the dialog that is open."""
    wait_until(lambda: browser.execute_script("return document.querySelector('dialog input[type=password]')"))
    browser.execute_script("document.querySelector('dialog input').value = arguments[0]", token)
    click(browser, "document.querySelector('dialog .primary')")


def test_one_signs_in_once_and_out_again(browser, sim, start):
    gateway = start("serve", "--port", "0", "--backend", sim.url, environment={"PADDOCK_ADMIN_TOKEN": "right-token"})
    ask(gateway.url, "llama2")
    browser.get(gateway.url + "/dashboard#models/llama2")
    wait_until(lambda: text(browser, "#access") == "Sign in…")
    assert not browser.execute_script("return document.getElementById('set-limits')")
    click(browser, "document.querySelector('#access button')")
    sign_in(browser, "wrong-token")
    wait_until(lambda: "refuses this token" in (text(browser, "dialog .problem") or ""))
    assert browser.execute_script("return sessionStorage.length") == 0
    sign_in(browser, "right-token")
    wait_until(lambda: text(browser, "#access") == "AdminSign out")
    set_limits(browser, 3, 44)
    wait_until(lambda: requests.get(gateway.url + "/queue/stats?model=llama2", timeout=10).json()["queue_limit"] == 44)
    # Kept in the tab.
    browser.refresh()
    wait_until(lambda: text(browser, "#access") == "AdminSign out")
    click(browser, "document.querySelector('#access button')")
    wait_until(lambda: text(browser, "#access") == "Sign in…")
    wait_until(lambda: not browser.execute_script("return document.getElementById('set-limits')"))
    assert browser.execute_script("return sessionStorage.length") == 0


def test_an_answer_about_an_older_token_counts_no_more(browser, sim, start):
    gateway = start("serve", "--port", "0", "--backend", sim.url, environment={"PADDOCK_ADMIN_TOKEN": "right-token"})
    browser.get(gateway.url + "/dashboard")
    wait_until(lambda: text(browser, "#access"))
    kept = browser.execute_async_script(r"""
        const done = arguments[0];
        import("/dashboard/signin.js").then(async ({findRole}) => {
            const real = fetch;
            globalThis.fetch = (...all) => (sessionStorage.setItem("paddock-token", "newer"), real(...all));
            await findRole();
            globalThis.fetch = real;
            const kept = sessionStorage.getItem("paddock-token");
            await findRole();
            done([kept, sessionStorage.getItem("paddock-token")]);
        }).catch((error) => done(String(error)));
    """)
    assert kept == ["newer", None]


def test_who_looks_is_asked_again_if_that_failed(browser, sim, start):
    gateway = start("serve", "--port", "0", "--backend", sim.url, environment={"PADDOCK_ADMIN_TOKEN": "right-token"})
    browser.get(gateway.url + "/dashboard")
    browser.execute_script("sessionStorage.setItem('paddock-token', 'right-token')")
    script = browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": """
        const real = fetch;
        globalThis.fetch = (path, options) => {
            if (!String(path).endsWith("access")) return real(path, options);
            globalThis.fetch = real;
            return Promise.reject(new TypeError("cut"));
        };
    """})
    try:
        browser.get("about:blank")
        browser.get(gateway.url + "/dashboard")
        wait_until(lambda: text(browser, "#access") == "AdminSign out")
    finally:
        browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)


#: Makes the time of a page pass three times as fast.
FAST = """
    const {now} = performance, interval = setInterval, timeout = setTimeout;
    performance.now = () => 3 * now.call(performance);
    globalThis.setInterval = (action, time) => interval(action, time / 3);
    globalThis.setTimeout = (action, time) => timeout(action, time / 3);
"""


def test_it_says_when_it_is_stale_and_recovers(browser, sim, start):
    script = browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": FAST})
    try:
        check_staleness(browser, sim, start)
    finally:
        browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)


def check_staleness(browser, sim, start):
    gateway = start("serve", "--port", str(free_port()), "--backend", sim.url)
    ask(gateway.url, "llama2")
    browser.get(gateway.url + MODELS)
    wait_until(lambda: read(browser)["status"] == "Live")
    # What is spoken says nothing of how long.
    browser.execute_script(r"""
        window.spoken = [];
        const one = document.getElementById("spoken");
        new MutationObserver(() => window.spoken.push(one.textContent)).observe(one, {childList: true});
        window.ages = [];
        const shown = document.getElementById("status-text");
        new MutationObserver(() => window.ages.push(Number(/\((\d+)/.exec(shown.textContent)?.[1] ?? 0))).observe(shown, {childList: true});
    """)
    gateway.stop()
    wait_until(lambda: read(browser)["status"].startswith("Stale"))
    assert browser.execute_script("return document.body.classList.contains('stale')")
    wait_until(lambda: len(browser.execute_script("return window.ages")) > 18, seconds=40)
    ages = browser.execute_script("return window.ages")
    assert ages == sorted(ages), "it counts on while it tries again"
    assert browser.execute_script("return window.spoken") == ["Stale: no news, connecting again…"]
    assert browser.title.startswith("(Stale) ")
    # A view that was not opened before cannot be fetched.
    browser.execute_script("location.hash = '#batches'")
    wait_until(lambda: text(browser, "#view") == "The gateway does not answer. This view is shown once it does.")
    again = start("serve", "--port", str(gateway.port), "--backend", sim.url)
    wait_until(lambda: read(browser)["status"] == "Live", seconds=30)
    wait_until(lambda: browser.execute_script("return document.getElementById('jobs')"))
    browser.execute_script("location.hash = '#models'")
    assert not browser.execute_script("return document.body.classList.contains('stale')")
    ask(again.url, "mistral")
    wait_until(lambda: set(rows(browser)) == {"mistral"}), "what is gone is gone"


def test_a_thousand_models_are_paged_filtered_and_sorted(browser, sim, start):
    gateway = start("serve", "--port", "0", "--backend", sim.url)
    name_models(gateway.url, [f"model-{number:04}" for number in range(1000)])
    browser.get(gateway.url + MODELS)
    wait_until(lambda: len(rows(browser)) == 50)
    assert text(browser, ".pager span") == "Page 1 of 20"
    click(browser, "document.querySelectorAll('.pager button')[1]")
    assert "model-0050" in rows(browser) and "model-0049" not in rows(browser)
    browser.execute_script(
        "const filter = document.querySelector('input[type=search]'); filter.value = '99'; filter.dispatchEvent(new Event('input'))"
    )
    assert {f"model-{number:04}" for number in range(1000) if "99" in f"{number:04}"} == set(rows(browser))
    click(browser, "document.querySelector('th[data-key=model] button')")
    click(browser, "document.querySelector('th[data-key=model] button')")
    assert list(rows(browser))[0] == "model-0999"
    sort = browser.execute_script("return document.querySelector('th[data-key=model]').getAttribute('aria-sort')")
    assert sort == "descending"
    # All of it is in the address.
    browser.refresh()
    wait_until(lambda: list(rows(browser))[:1] == ["model-0999"])
    assert len(rows(browser)) == 19


def test_it_fits_a_phone_and_works_by_keyboard(browser, sim, start):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    gateway = start("serve", "--port", "0", "--backend", sim.url)
    name_models(gateway.url, ["llama2", "x" * 256])
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    )
    try:
        browser.get(gateway.url + MODELS)
        wait_until(lambda: "llama2" in rows(browser))
        assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    go_to(browser, "models/llama2")
    wait_until(lambda: browser.execute_script("return document.getElementById('set-limits')"))
    browser.execute_script("document.getElementById('set-limits').focus()")
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    wait_until(lambda: browser.execute_script("return document.querySelector('dialog')?.open"))
    browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    wait_until(lambda: not browser.execute_script("return document.querySelector('dialog')"))
    assert browser.execute_script("return document.activeElement.id") == "set-limits"
    browser.execute_script("document.querySelector('.chart').focus()")
    browser.switch_to.active_element.send_keys(Keys.ARROW_LEFT)
    assert browser.find_element(By.CSS_SELECTOR, ".chart").get_attribute("aria-label").startswith("Running and waiting: Running ")


def test_it_knows_what_backends_have_loaded_and_which_is_down(browser, sim, start):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{closed.getsockname()[1]}"
        gateway = start("serve", "--port", "0", "--backend", sim.url, "--backend", dead)
        ask(gateway.url, "llama2")
        browser.get(gateway.url + "/dashboard#fleet")
        listed = "return [...document.querySelectorAll('#backends > .host')].map((one) => one.textContent)"
        wait_until(lambda: len(browser.execute_script(listed)) == 2)
        wait_until(lambda: re.search("llama2.*until", browser.execute_script(listed)[0]))
        wait_until(lambda: "does not answer" in browser.execute_script(listed)[1])
        wait_until(lambda: read(browser)["status"] == "1 problem")
        go_to(browser, "overview")
        wait_until(lambda: dead in (text(browser, "#troubles") or ""))
        assert browser.title.startswith("(1 problem) ")


def test_it_shows_which_models_take_turns_on_a_backend(browser, start):
    models = ("llama2", "codellama")
    sim = start("sim", "--port", "0", "--max-loaded-models", "1", "--load-time", "0.2", "--fast", "--model", "codellama")
    gateway = start("serve", "--port", "0", "--backend", sim.url)

    def loads():
        return requests.get(gateway.url + "/queue/stats", timeout=10).json()["backends"][0]["loads"]["turn"]

    browser.get(gateway.url + "/dashboard#fleet")

    def bar():
        return browser.execute_script(
            "return [...document.querySelectorAll('#backends .machine li')].map((one) => [one.className, one.textContent])")

    def take_turns():
        for name in models:
            ask(gateway.url, name)
        return loads() > 0

    wait_until(take_turns, seconds=30)
    wait_until(lambda: [part for part in bar() if part[0] == "loaded" and part[1].startswith(models)])
    wait_until(lambda: "Swaps a minute" in browser.execute_script("return document.getElementById('backends').textContent"))


def test_the_bar_of_a_backend_is_its_memory(browser, start, tmp_path):
    sim = start("sim", "--port", "0", "--memory", "16GiB", "--load-time", "0.1", "--fast")
    for setting, free, part in (("memory: 16GiB", "free", 0.7), ("max_loaded: 4", "room for 3", 0.75)):
        (tmp_path / "paddock.yaml").write_text(f"backends: [{{url: '{sim.url}', {setting}}}]\n")
        gateway = start("serve", "--port", "0", "--config", str(tmp_path / "paddock.yaml"))
        ask(gateway.url, "llama2")
        browser.get(gateway.url + "/dashboard#fleet")
        widths = """const parts = [...document.querySelectorAll('#backends .machine li')];
            return parts.map((one) => [one.className, one.textContent, one.offsetWidth / one.parentElement.offsetWidth])"""
        # How large it is the gateway learns after the answer.
        wait_until(lambda: [bar[:2] for bar in browser.execute_script(widths)][1:] == [["free", free]])
        loaded, rest = browser.execute_script(widths)
        assert loaded[0] == "loaded" and part - 0.1 < rest[2] < part + 0.1, rest


def test_a_fresh_page_has_history(browser, sim, start):
    gateway = start("serve", "--port", "0", "--backend", sim.url)
    for _ in range(5):
        ask(gateway.url, "llama2")

    def history(query=""):
        return requests.get(gateway.url + "/dashboard/history" + query, timeout=10).json()

    wait_until(lambda: sum(history()["completed"]) == 5, seconds=30)
    one = history("?model=llama2")
    assert one["model"] == "llama2" and one["interval_seconds"] == 5
    assert len({len(one[key]) for key in one if isinstance(one[key], list)}) == 1
    assert sum(history()["arrived"]) == 5
    assert history("?model=nobody")["code"] == "unknown_model"
    browser.get(gateway.url + "/dashboard")
    wait_until(lambda: browser.execute_script("return document.querySelectorAll('.chart')[1]?.querySelector('path.green:not(.area)').getAttribute('d')?.length > 4"))


#: Gives a page the history of a gateway that has run for a day.
A_DAY = """
    const real = window.fetch;
    window.fetch = async (path, options) => {
      const reply = await real(path, options);
      if (path !== "dashboard/history?range=24h") return reply;
      const history = await reply.json();
      for (const [key, list] of Object.entries(history)) if (Array.isArray(list)) history[key] = Array(1440).fill(key.includes("_ms_") ? null : 0);
      history.times = history.times.map((_, step) => Math.floor(Date.now() / 1000) - 60 * (1439 - step));
      for (const [key, value] of Object.entries({wait_ms_p50: 120, wait_ms_p90: 2500, first_byte_ms_p50: 45})) history[key][3] = value;
      // Later than what is compared.
      history.first_byte_ms_p90[20] = 9999;
      return Response.json(history);
    };
"""


def test_the_overview_compares_with_yesterday(browser, gateway):
    notes = "return [...document.querySelectorAll('.tile')].slice(2, 4).map((one) => one.querySelector('small').textContent)"
    browser.get(gateway.url + "/dashboard")
    wait_until(lambda: text(browser, "#sum-served") not in (None, "–"))
    assert browser.execute_script(notes) == ["", ""], "this gateway did not run yesterday"
    script = browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": A_DAY})
    try:
        browser.get("about:blank")
        browser.get(gateway.url + "/dashboard")
        wait_until(lambda: browser.execute_script(notes) == ["yesterday 120 ms / 2.50 s", "yesterday 45 ms / –"])
    finally:
        browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)


# Usage, at #usage.


@pytest.fixture
def used(sim, start, tmp_path):
    """A gateway that alice and bob have used, with the days of it."""
    environment = {"PADDOCK_STATE": str(tmp_path / "state")}
    gateway = start("serve", "--port", "0", "--backend", sim.url, environment=environment)
    for name, limits in (("alice", {"tokens_per_day": 100_000, "parallel_limit": 3}), ("bob", {})):
        reply = requests.post(gateway.url + "/admin/keys/add", json={"name": name, **limits}, timeout=10)
        key = {"Authorization": f"Bearer {reply.json()['key']}"}
        for model in ["llama2"] * (3 if name == "alice" else 1) + ["mistral"]:
            body = {"model": model, "prompt": "Hi"}
            assert requests.post(gateway.url + "/api/generate", json=body, headers=key, timeout=60).status_code == 200
    return gateway


USAGE = """
    const rows = [];
    for (const row of document.querySelectorAll(".usage tbody tr")) rows.push([...row.children].map((one) => one.textContent));
    return rows;
"""


def usage_rows(browser):
    return browser.execute_script(USAGE)


def test_usage_is_what_the_gateway_says_and_its_state_is_in_the_address(browser, used):
    browser.get("about:blank")
    problems(browser)  # of earlier tests
    browser.get(used.url + "/dashboard#usage")
    wait_until(lambda: usage_rows(browser))
    asked = requests.get(used.url + "/admin/usage?by=model", timeout=10).json()["usage"]
    assert [row[:3] for row in usage_rows(browser)] == [["llama2", "4", "4"], ["mistral", "2", "2"]]
    assert [row[6:8] for row in usage_rows(browser)] == [[str(row["tokens_in"]), str(row["tokens_out"])] for row in asked]
    assert "6 requests" in text(browser, "#usage-range")
    assert "Completed 6" in browser.execute_script("return document.querySelector('.chart').getAttribute('aria-label')")
    assert browser.execute_script("return document.querySelector('.chart path.area.green').getAttribute('d')")
    quotas = text(browser, "#quotas")
    assert "of 100,000 tokens today" in quotas and "of 3 at once" in quotas and "bob" not in quotas
    # By client, seven days; then the same address again.
    browser.execute_script(
        "const by = document.getElementById('usage-by'); by.value = 'client,model'; by.dispatchEvent(new Event('change'))")
    wait_until(lambda: len(usage_rows(browser)) == 4)
    click(browser, "document.querySelector('[data-days=\"7\"]')")
    wait_until(lambda: "days=7&by=client%2Cmodel" in browser.current_url)
    browser.get(browser.current_url)
    browser.refresh()
    wait_until(lambda: len(usage_rows(browser)) == 4)
    assert browser.execute_script("return document.querySelector('[data-days=\"7\"]').getAttribute('aria-pressed')") == "true"
    # Back to the live view, as a link does it.
    click(browser, "document.querySelector('nav a')")
    wait_until(lambda: browser.execute_script("return document.querySelector('.overview .tiles')"))
    assert not browser.execute_script("return document.querySelector('.usage')")
    assert not problems(browser)


def test_usage_sorts_by_click_and_keyboard_and_downloads(browser, used, tmp_path):
    from selenium.webdriver.common.keys import Keys

    browser.get(used.url + "/dashboard#usage?days=30&by=client,model")
    wait_until(lambda: len(usage_rows(browser)) == 4)

    def order(key):
        head = browser.execute_script("return document.querySelector(`.usage th[data-key=${arguments[0]}]`)", key)
        return head.get_attribute("aria-sort")

    assert order("requests") == "descending" and usage_rows(browser)[0][:3] == ["alice", "llama2", "3"]
    click(browser, "document.querySelector('.usage th[data-key=client] button')")
    assert order("client") == "ascending" and order("requests") == "none"
    assert [row[0] for row in usage_rows(browser)] == ["alice", "alice", "bob", "bob"]
    browser.execute_script("document.querySelector('.usage th[data-key=client] button').focus()")
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert order("client") == "descending" and [row[0] for row in usage_rows(browser)] == ["bob", "bob", "alice", "alice"]
    assert "sort=client" in browser.current_url
    browser.execute_cdp_cmd("Page.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    click(browser, "document.getElementById('usage-csv')")
    found = wait_until(lambda: list(tmp_path.glob("paddock-usage-*-by-client-model.csv")))
    wait_until(lambda: found[0].stat().st_size)
    lines = found[0].read_text().splitlines()
    assert lines[0].startswith("client,model,requests,") and len(lines) == 5


def test_usage_needs_the_token_and_says_so(browser, sim, start):
    gateway = start("serve", "--port", "0", "--backend", sim.url,
                    environment={"PADDOCK_ADMIN_TOKEN": "right-token", "PADDOCK_STATE": "off"})
    browser.get(gateway.url + "/dashboard#usage")
    wait_until(lambda: text(browser, ".notice p") == "Sign in to see this.")
    assert not browser.execute_script("return [...document.querySelectorAll('table')].some((one) => one.checkVisibility())")
    click(browser, "document.querySelector('.notice button')")
    sign_in(browser, "right-token")
    wait_until(lambda: "set it to auto or to a folder" in (text(browser, ".notice") or ""))


# Batch jobs, at #batches.


def test_a_job_of_the_gateway_is_shown_and_cancelled(browser, start, tmp_path):
    sim = start("sim", "--port", "0", "--load-time", "0.1")
    environment = {"PADDOCK_STATE": str(tmp_path / "state")}
    gateway = start("serve", "--port", "0", "--backend", sim.url, "--parallel", "1", environment=environment)
    body = {"model": "llama2", "messages": [{"role": "user", "content": "Hi"}]}
    line = {"method": "POST", "url": "/v1/chat/completions", "body": body}
    lines = "".join(json.dumps({"custom_id": str(number), **line}) + "\n" for number in range(100))
    form = {"files": {"file": ("requests.jsonl", lines)}, "data": {"purpose": "batch"}}
    file = requests.post(gateway.url + "/v1/files", **form, timeout=10).json()["id"]
    asked = {"input_file_id": file, "endpoint": "/v1/chat/completions", "completion_window": "24h"}
    made = requests.post(gateway.url + "/v1/batches", json=asked, timeout=10).json()["id"]
    browser.get(gateway.url + "/dashboard#batches")
    listed = "return document.getElementById('jobs')?.textContent ?? ''"
    wait_until(lambda: "in progress" + made in browser.execute_script(listed) and " of 100 done" in browser.execute_script(listed))
    assert "127.0.0.1" in browser.execute_script(listed)
    click(browser, "document.querySelector('#jobs button')")
    click(browser, "document.querySelector('dialog .danger')")
    wait_until(lambda: "cancelled" + made in browser.execute_script(listed))
    assert requests.get(f"{gateway.url}/v1/batches/{made}", timeout=10).json()["status"] == "cancelled"


# What the gateway says of these is scripted, as jobs are too fast to be seen in each state.

BATCHES = """
    const real = window.fetch;
    window.batches = %s;
    window.cancelled = [];
    window.fetch = (path, options) => {
      if (!path.startsWith("admin/batches")) return real(path, options);
      if (path === "admin/batches/cancel") {
        const {id} = JSON.parse(options.body);
        window.cancelled.push(id);
        window.batches.find((one) => one.id === id).status = "cancelling";
      }
      return Promise.resolve(Response.json({object: "list", data: window.batches, has_more: true}));
    };
"""


def job(number, status, counts, **fields):
    counts = dict(zip(("total", "completed", "failed"), counts))
    return {"id": f"batch_{number}", "status": status, "owner": "alice", "endpoint": "/v1/embeddings", "errors": None,
            "created_at": 1_790_000_000 + number, "in_progress_at": None, "request_counts": counts, **fields}


@pytest.fixture
def with_jobs(browser):
    """The browser, to whose page the gateway seems to have these jobs."""
    problem = {"code": "invalid_json_line", "line": 7, "message": "<b>no</b> JSON", "param": None}
    listed = [
        job(3, "completed", (10, 9, 1), completed_at=1_790_000_500),
        job(2, "failed", (0, 0, 0), failed_at=1_790_000_100, errors={"object": "list", "data": [problem]}, owner="<i>eve</i>"),
        job(1, "in_progress", (5000, 1200, 34), in_progress_at=int(time.time()) - 617),
        job(0, "validating", (0, 0, 0)),
    ]
    script = browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": BATCHES % json.dumps(listed)})
    yield browser
    browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)


def test_jobs_have_progress_and_can_be_cancelled(with_jobs, gateway):
    browser = with_jobs
    browser.get(gateway.url + "/dashboard#batches")
    read_jobs = "return [...document.querySelectorAll('#jobs > li')].map((one) => one.textContent)"
    wait_until(lambda: len(browser.execute_script(read_jobs)) == 4)
    texts = browser.execute_script(read_jobs)
    # What runs comes first.
    assert [re.search(r"batch_\d", text).group() for text in texts] == ["batch_1", "batch_0", "batch_3", "batch_2"]
    assert "1,234 of 5,000 done, 34 failed, 2.0 per second, ends about " in texts[0]
    assert "10 of 10 done, 1 failed, ended " in texts[2] and "per second" not in texts[2]
    assert "Line 7: <b>no</b> JSON" in texts[3] and "<i>eve</i>" in texts[3]
    assert browser.execute_script("return document.querySelector('#jobs .meter i').style.width").startswith("24.6")
    assert browser.execute_script("return document.getElementById('jobs-count').textContent") == "2 running, 2 ended"
    assert browser.execute_script("return document.querySelectorAll('#jobs button').length") == 2
    for answer, cancelled in (("button[type=button]", []), (".danger", ["batch_1"])):
        click(browser, "document.querySelector('#jobs button')")
        wait_until(lambda: text(browser, "dialog bdi") == "batch_1")
        click(browser, f"document.querySelector('dialog {answer}')")
        wait_until(lambda: text(browser, "dialog") is None)
        assert browser.execute_script("return window.cancelled") == cancelled
    wait_until(lambda: browser.execute_script(read_jobs)[0].startswith("cancelling"))
    assert browser.execute_script("return document.querySelectorAll('#jobs button').length") == 1


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_every_view_fits(with_jobs, browser, used, width):
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        for view, row in (("overview", ".list li"), ("models", "tbody tr"), ("models/llama2", ".list li"), ("fleet", ".host"), ("usage", "tbody tr"), ("batches", "#jobs li")):
            browser.get("about:blank")
            browser.get(used.url + "/dashboard#" + view)
            wait_until(lambda: browser.execute_script("return document.querySelector(arguments[0])", row))
            assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth"), view
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


# Without a browser.


def events(gateway, limit=2):
    """The first events of the stream."""
    found = []
    with requests.get(gateway.url + "/dashboard/events", stream=True, timeout=20) as reply:
        assert reply.headers["Content-Type"] == "text/event-stream"
        for line in reply.iter_lines(chunk_size=1, decode_unicode=True):
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                found.append((name, json.loads(line[6:])))
                if len(found) == limit:
                    return found


def test_the_stream_says_all_and_then_what_has_changed(sim, start):
    gateway = start("serve", "--port", "0", "--backend", sim.url)
    name_models(gateway.url, ["a", "b"])
    ask(gateway.url, "b")
    (first, whole), (second, change) = events(gateway)
    assert (first, second) == ("state", "change")
    stats = requests.get(gateway.url + "/queue/stats", timeout=10).json()
    for model in [*whole["stats"]["models"].values(), *stats["models"].values()]:
        del model["uptime_seconds"]
        # The events have it once, with the backends.
        model.pop("runners", None)
    assert [backend["url"] for backend in stats.pop("backends")] == [backend["url"] for backend in whole["backends"]]
    assert whole["stats"] == stats
    assert change["stats"]["total_models"] == 2 and change["gone"] == []
    # The request may have ended right before the first event; it tells nothing new then.
    for name, model in change["stats"]["models"].items():
        del model["uptime_seconds"]
        assert model == whole["stats"]["models"][name]
    assert whole["memory"].keys() == requests.get(gateway.url + "/queue/memory", timeout=10).json().keys()


def test_heads_of_the_page_let_nothing_else_in(gateway):
    names = ("app", "tools", "signin", "charts", "table", "history", "overview", "models", "model", "fleet", "usage", "batches", "quotas",
             "requests", "clients", "events")
    scripts = [f"/{name}.js" for name in names]
    kinds = {"": "text/html", "/dashboard.css": "text/css", **dict.fromkeys(scripts, "text/javascript")}
    sizes = {}
    imports = {}
    tags = set()
    for path, kind in kinds.items():
        reply = requests.get(gateway.url + "/dashboard" + path, timeout=10)
        assert reply.status_code == 200 and reply.headers["Content-Type"] == kind + "; charset=utf-8"
        policy = reply.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'") and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        sizes[path] = len(reply.content)
        imports[path] = ["/" + name for name in re.findall(r' from "\./(\w+\.js)";', reply.text)]
        # Compressed, and not at all a second time.
        assert reply.headers["Content-Encoding"] == "gzip" and int(reply.headers["Content-Length"]) < len(reply.content) * 0.7
        for coding in ("identity", "br", "gzip;q=0"):
            plain = requests.get(gateway.url + "/dashboard" + path, headers={"Accept-Encoding": coding}, timeout=10)
            assert plain.content == reply.content and "Content-Encoding" not in plain.headers
        again = requests.get(gateway.url + "/dashboard" + path, headers={"If-None-Match": f'"x", {reply.headers["ETag"]}'}, timeout=10)
        assert again.status_code == 304 and not again.content and again.headers["ETag"] == reply.headers["ETag"]
        assert "Content-Length" not in again.headers and again.headers["Content-Security-Policy"] == policy
        tags.add(reply.headers["ETag"])
    assert len(tags) == len(kinds)
    # The page is loaded over slow links, too: what a view needs, before compression.
    for view in ("overview", "models", "fleet", "requests", "clients", "usage", "batches", "events"):
        needed, new = set(), {"", "/dashboard.css", "/app.js", f"/{view}.js"}
        while new:
            needed |= new
            new = {name for path in new for name in imports[path]} - needed
        assert sum(sizes[path] for path in needed) < 90_000, view
    page = requests.get(gateway.url + "/dashboard", timeout=10).text
    assert "style=" not in page and not re.search(r"\bon[a-z]+=", page)
    assert requests.get(gateway.url + "/dashboard/", timeout=10).url == gateway.url + "/dashboard"
    assert requests.get(gateway.url + "/dashboard/nothing", timeout=10).status_code == 404
    assert requests.post(gateway.url + "/dashboard", timeout=10).status_code == 405
    assert requests.get(gateway.url + "/dashboard", headers={"Host": "evil.example"}, timeout=10).status_code == 403
    head = requests.head(gateway.url + "/dashboard/events", timeout=10)
    assert head.status_code == 200 and head.headers["Content-Type"] == "text/event-stream"


def test_a_client_of_http_1_0_gets_events_without_chunks(gateway):
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as connection:
        connection.sendall(b"GET /dashboard/events HTTP/1.0\r\n\r\n")
        seen = b""
        while b"\n\n" not in seen:
            seen += connection.recv(65536)
    head, body = seen.split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.0 200 OK\r\n") and b"ransfer-" not in head
    assert body.startswith(b"event: state\ndata: {")


def test_subscribers_are_bounded_and_leave_their_place(sim, start):
    gateway = start("serve", "--port", "0", "--backend", sim.url)
    request = b"GET /dashboard/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
    connections = []
    for _ in range(100):
        connection = socket.create_connection(("127.0.0.1", gateway.port), timeout=10)
        connection.sendall(request)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        connections.append(connection)
    refused = requests.get(gateway.url + "/dashboard/events", timeout=10)
    assert (refused.status_code, refused.json()["code"]) == (503, "too_many_subscribers")
    assert refused.headers["Retry-After"]
    connections.pop().close()
    wait_until(lambda: events(gateway, 1))
    for connection in connections:
        connection.close()


def test_a_subscriber_that_does_not_read_is_dropped(sim, start, tmp_path):
    config = tmp_path / "paddock.yaml"
    config.write_text("ollama_num_parallel: 1\n")
    gateway = start("serve", "--port", "0", "--backend", sim.url, "--config", str(config))
    names = ["llama2", *(f"{'x' * 240}-{number}" for number in range(1000))]
    name_models(gateway.url, names)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", gateway.port))
        connection.sendall(b"GET /dashboard/events HTTP/1.1\r\nHost: localhost\r\n\r\n")

        def subscribers():
            text = requests.get(gateway.url + "/metrics", timeout=10).text
            return int(re.search(r"^paddock_dashboard_subscribers (\d+)$", text, re.M).group(1))

        wait_until(lambda: subscribers() == 1)
        # Each reload is news of all models, together more than the system keeps for a connection.
        limits = itertools.cycle(range(2, 9))

        def has_left():
            limit = next(limits)
            config.write_text(f"ollama_num_parallel: {limit}\n")
            gateway.process.send_signal(signal.SIGHUP)
            one = f"{gateway.url}/queue/stats?model=llama2"
            wait_until(lambda: requests.get(one, timeout=10).json()["parallel_limit"] == limit)
            return subscribers() == 0

        wait_until(has_left, seconds=60)


def test_a_drain_ends_the_streams_at_once(sim, start):
    gateway = start("serve", "--port", "0", "--backend", sim.url)
    with requests.get(gateway.url + "/dashboard/events", stream=True, timeout=20) as reply:
        lines = reply.iter_lines(chunk_size=1)
        assert next(lines) == b"event: state"
        gateway.process.terminate()
        for _ in lines:
            pass
    assert gateway.process.wait(30) == 0
