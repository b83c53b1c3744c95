"""No view of the dashboard breaks a rule of axe-core, in any state, width or theme."""
import importlib.util
import pathlib
import signal
import threading

import pytest
import requests
from conftest import cluster, is_led, wait_until
from test_dashboard import ask, go_to, name_models, sign_in, text

WIDTHS = (390, 768, 1280)
THEMES = ("light", "dark")
VIEWS = ("overview", "models", "models/llama2", "fleet", "requests", "clients", "usage", "batches", "events")
#: One of these is there as soon as a view has its content.
CONTENT = "#view > *"

#: A theme changes colours only.
DARK = {"runOnly": ["color-contrast"]}
RUN = """
    const done = arguments[arguments.length - 1];
    axe.run(document, {resultTypes: ["violations"], ...arguments[0]}).then((found) => done(found.violations.map((one) =>
        `${one.id}: ${one.nodes.map((node) => `${node.html.slice(0, 150)} ${node.any.map((check) => check.message).join(" ")}`).slice(0, 3).join(" | ")}`)),
        (error) => done([String(error)]));
"""


@pytest.fixture(scope="module")
def axe():
    """The source of axe-core, from the pinned package that has it."""
    package = importlib.util.find_spec("axe_playwright_python")
    if not package:
        pytest.skip("needs Tests/clients/requirements-alone.txt")
    return (pathlib.Path(package.origin).parent / "axe.min.js").read_text()


def check(browser, axe, url, views=VIEWS, state=""):
    """Runs axe-core in each view, width and theme; all that it found is the error."""
    browser.set_script_timeout(120)
    found = []
    for view in views:
        for width in WIDTHS:
            size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            for theme in THEMES:
                scheme = {"features": [{"name": "prefers-color-scheme", "value": theme}]}
                browser.execute_cdp_cmd("Emulation.setEmulatedMedia", scheme)
                if (width, theme) == (WIDTHS[0], THEMES[0]) and url:
                    show(browser, axe, url, view)
                found += [f"{state} {view} {width} {theme}: {one}" for one in browser.execute_async_script(RUN, DARK if theme == "dark" else {})]
                fits = browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
                if not fits:
                    found.append(f"{state} {view} {width}: it is wider than the window")
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert not found, "\n".join(found)


def show(browser, axe, url, view):
    """Opens a view anew, and waits until it has its content."""
    browser.get("about:blank")
    browser.get(f"{url}/dashboard#{view}")
    wait_until(lambda: browser.execute_script("return document.querySelector(arguments[0])", CONTENT))
    wait_until(lambda: text(browser, "#status-text") != "Connecting…")
    browser.execute_script(axe)


def test_a_gateway_without_requests(browser, axe, sim, start):
    gateway = start("serve", "--port", "0", "--backend", sim.url)
    check(browser, axe, gateway.url, state="empty")


def test_a_busy_gateway_with_long_names_that_becomes_stale(browser, axe, backend, sim, start, tmp_path):
    go = threading.Event()

    def script(connection, request):
        go.wait()
        connection.sendall(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n")

    environment = {"PADDOCK_STATE": str(tmp_path / "state")}
    held = backend(script)
    gateway = start("serve", "--port", "0", "--backend", held.url, "--parallel", "1", "--max-queue", "2", environment=environment)
    name_models(gateway.url, ["x" * 250, "model-" * 40, *(f"model-{number:02}" for number in range(60))])
    clients = [threading.Thread(target=ask, args=(gateway.url, "llama2")) for _ in range(6)]
    for client in clients:
        client.start()
    try:
        # One runs, two wait, three were rejected.
        wait_until(lambda: requests.get(gateway.url + "/queue/stats?model=llama2", timeout=10).json()["total_rejected"] == 3)
        check(browser, axe, gateway.url, state="busy")
    finally:
        go.set()
        for client in clients:
            client.join()
    requests.post(gateway.url + "/admin/backends/add", json={"url": sim.url}, timeout=15)
    for view in ("overview", "models"):
        show(browser, axe, gateway.url, view)
        if view == "models":
            gateway.stop()
            wait_until(lambda: text(browser, "#status-text").startswith("Stale"))
        check(browser, axe, None, [view], state="stale" if view == "models" else "errors")


def test_a_member_of_a_cluster(browser, axe, join, redis):
    first, second = join("a", "--parallel", "2"), join("b-" * 30, "--parallel", "3")
    wait_until(lambda: is_led(first) and len(cluster(first)["members"]) == 2)
    ask(first.url, "llama2")
    ask(second.url, "llama2")
    check(browser, axe, first.url, ("overview", "requests", "events"), state="cluster")
    show(browser, axe, first.url, "overview")
    second.process.send_signal(signal.SIGSTOP)
    redis.process.send_signal(signal.SIGSTOP)
    try:
        wait_until(lambda: "does not answer" in text(browser, "#missing") and "store does not answer" in text(browser, "#cluster"))
        check(browser, axe, None, ["overview"], state="member and store away")
        third = join("c")
        show(browser, axe, third.url, "overview")
        wait_until(lambda: "has not found a coordinator" in text(browser, "#cluster"))
        check(browser, axe, None, ["overview"], state="starting")
    finally:
        redis.process.send_signal(signal.SIGCONT)


def test_a_gateway_with_a_token(browser, axe, sim, start):
    environment = {"PADDOCK_ADMIN_TOKEN": "right-token"}
    gateway = start("serve", "--port", "0", "--backend", sim.url, environment=environment)
    ask(gateway.url, "llama2")
    check(browser, axe, gateway.url, ("overview", "models/llama2", "usage", "batches"), state="stranger")
    show(browser, axe, gateway.url, "models/llama2")
    browser.execute_script("document.querySelector('#access button').click()")
    sign_in(browser, "wrong-token")
    wait_until(lambda: "refuses this token" in (text(browser, "dialog .problem") or ""))
    check(browser, axe, None, ["sign in"], state="refused")
    sign_in(browser, "right-token")
    wait_until(lambda: text(browser, "#access") == "AdminSign out")
    wait_until(lambda: browser.execute_script("return document.getElementById('set-limits')"))
    check(browser, axe, None, ["models/llama2"], state="signed in")
    browser.execute_script("document.getElementById('set-limits').click()")
    check(browser, axe, None, ["limits"], state="signed in")
    go_to(browser, "overview")
