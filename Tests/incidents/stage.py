"""A stage for an incident: a gateway with its backends and clients, what it says about itself, and its page in a browser."""
import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

import requests
from selenium.common.exceptions import StaleElementReferenceException

CLIENTS = pathlib.Path(__file__).parents[1] / "clients"


def _helpers():
    """The helpers of the client tests. Their module is called conftest, as that of this folder is."""
    spec = importlib.util.spec_from_file_location("client_helpers", CLIENTS / "conftest.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


helpers = _helpers()
wait_until, answer_probe = helpers.wait_until, helpers.answer_probe

# Everything has to be said within so many seconds after the incident began.
WITHIN = 10
# A step on the page takes a moment; on a busy machine it opens slowly.
STEP = 20
# Without the fault every test has to fail.
IS_CALM = os.environ.get("INCIDENTS") == "calm"
# Without the ends of the incidents, which take minutes.
IS_SHORT = os.environ.get("INCIDENTS") == "short"


class Stage:
    """A gateway, its backends and its clients. All of them end with the session."""

    def __init__(self, folder):
        self.folder = folder
        self.gateway = None
        self._running = []
        self._began = None

    # What is on the stage.

    def sim(self, *flags, load_time=0):
        return self._keep(helpers.Process("sim", "--port", "0", "--load-time", str(load_time), *flags))

    def scripted(self, script):
        return self._keep(helpers.ScriptedBackend(script))

    def serve(self, *backends, open_files=None, **configuration):
        """Starts the gateway. Proxies on this machine are believed, so that a client can have any name."""
        path = self.folder / "paddock.yaml"
        configuration = {"trusted_proxies": ["127.0.0.1"], "identity_headers": ["X-Forwarded-User"], **configuration}
        path.write_text(json.dumps(configuration))
        flags = [flag for backend in backends for flag in ("--backend", backend.url)]
        state = {"PADDOCK_STATE": str(self.folder / "state")}
        self.gateway = self._keep(helpers.Process("serve", "--port", "0", "--access-log", "off", "--config", str(path), *flags,
                                                  environment=state, open_files=open_files))
        self.url = self.gateway.url
        return self

    def load(self, *flags, client="alice", model="llama2"):
        """Clients that send requests until `end` or the end of the session."""
        command = [os.path.abspath(helpers.PADDOCK), "load", "--url", self.url, "--client", client, "--model", model,
                   "--duration", "900s", *flags]
        return self._keep(_Load(command))

    def repeat(self, action):
        """Does something again and again, as `load` does."""
        return self._keep(_Repeated(action))

    def _keep(self, thing):
        self._running.append(thing)
        return thing

    def end(self, *things):
        """Ends these, or all."""
        for thing in things or reversed(self._running):
            thing.stop()

    # The incident.

    def begin(self, fault):
        """Begins the incident. Until then nothing is wrong."""
        assert self.troubles() == [] and self.paddock("status", "--exit-status").returncode == 0, self.troubles()
        self._began = time.monotonic()
        if not IS_CALM:
            fault()

    def within(self, condition, what, step=5):
        """Waits until something is said: ten seconds since the incident began, and then long enough to look."""
        end = max(self._began + WITHIN, time.monotonic() + step)
        while True:
            value = condition()
            if value or time.monotonic() > end:
                assert value, f"{what} was not said {WITHIN} s after the incident began; listed: {self.troubles()}"
                return value
            time.sleep(0.05)

    def trouble(self, *kinds, **about):
        """Waits for a trouble of one of these kinds, about this `model`, `backend` or `client`."""
        return self.within(lambda: self.listed(*kinds, **about), f"{' or '.join(kinds)} about {about}")

    def is_over(self, *kinds, seconds=330):
        """Waits until no trouble of these kinds is listed any more, nowhere. Some look back on five minutes."""
        wait_until(lambda: not self.listed(*kinds), seconds)
        shown = self.paddock("status", "--exit-status")
        assert shown.returncode == 0, shown.stdout

    # What the gateway says.

    def get(self, path, **query):
        reply = requests.get(self.url + path, params=query, timeout=10)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def post(self, path, **body):
        reply = requests.post(self.url + path, json=body, timeout=10)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def ask(self, client="alice", **body):
        body = {"model": "llama2", "prompt": "Hello", "stream": False, **body}
        return requests.post(f"{self.url}/api/generate", json=body, headers={"X-Forwarded-User": client}, timeout=60)

    def troubles(self):
        return self.get("/queue/troubles")["troubles"]

    def listed(self, *kinds, **about):
        """The first trouble of one of these kinds."""
        return next((trouble for trouble in self.troubles()
                     if trouble["kind"] in kinds and about.items() <= trouble.items()), None)

    def events(self, kind):
        return self.get("/queue/events", kind=kind)["events"]

    def client(self, name):
        return next(iter(self.get("/queue/clients", client=name)["clients"]), None)

    def model(self, name="llama2"):
        return self.get("/queue/stats")["models"].get(name)

    def metric(self, name, **labels):
        """The sum of the samples of a metric that have these labels."""
        total = 0.0
        for line in requests.get(f"{self.url}/metrics", timeout=10).text.splitlines():
            found = re.fullmatch(r"([a-z_]+)(?:\{(.*)\})? (\S+)", line)
            if found and found[1] == name and labels.items() <= dict(re.findall(r'(\w+)="([^"]*)"', found[2] or "")).items():
                total += float(found[3])
        return total

    def paddock(self, *arguments):
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("PADDOCK_", "OLLAMA_"))}
        return subprocess.run([os.path.abspath(helpers.PADDOCK), *arguments, "--url", self.url], capture_output=True,
                              text=True, timeout=60, env={**environment, "COLUMNS": "200"})

    def says(self, *texts, status=None):
        """Waits until `paddock status` has these texts, and ends with this status."""
        def is_said():
            shown = self.paddock("status", "--exit-status")
            said = shown.stdout.casefold()
            return all(text.casefold() in said for text in texts) and status in (None, shown.returncode)
        self.within(is_said, f"{texts} by paddock status, status {status},")


class _Load:
    """A running `paddock load`."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)


class _Repeated:
    """Something that is done again and again by a thread of its own."""

    def __init__(self, action):
        self.action = action
        self.has_ended = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.has_ended.is_set():
            self.action()

    def stop(self):
        self.has_ended.set()
        self.thread.join(30)


class Page:
    """The dashboard of a stage in a browser, with the steps that its user takes."""

    def __init__(self, driver):
        self.driver = driver
        self.stage = None
        self.steps = 0

    def open(self, stage, view=""):
        self.stage, self.steps = stage, 0
        self.driver.get("about:blank")
        self.driver.get(f"{stage.url}/dashboard{'#' + view if view else ''}")
        return self

    @property
    def text(self):
        """What can be read on the page, its heading included."""
        return self.driver.execute_script("return document.getElementById('main')?.innerText ?? ''")

    def shows(self, *texts):
        """Waits until the view has all these texts, without regard to case."""
        def are_there():
            text = self.text.casefold()
            return all(wanted.casefold() in text for wanted in texts)
        try:
            self.stage.within(are_there, f"{texts} on the page at {self.driver.current_url},", STEP)
        except AssertionError as error:
            raise AssertionError(f"{error}; the page: {self.text}") from None

    def is_bad(self):
        """Waits until the head of every view and the tab's title say that something is wrong."""
        script = "return [document.getElementById('status').className, document.title]"

        def is_seen():
            kind, title = self.driver.execute_script(script)
            return ("bad" in kind or "warn" in kind) and "problem" in title
        self.stage.within(is_seen, "that something is wrong in the page's head", STEP)

    def follow(self, link):
        """Follows the line of a trouble on the Overview: one step."""
        script = """
            for (const anchor of document.querySelectorAll("#troubles li a")) if (anchor.getAttribute("href") === arguments[0]) return anchor;
            return null"""
        what = f"a line with the link {link} on the Overview"
        self._click(lambda: self.stage.within(lambda: self.driver.execute_script(script, link), what, STEP))
        self._stepped()

    def go(self, text):
        """Follows another link in sight: one step."""
        self._click(lambda: self._seen("a", text))
        self._stepped()

    def can(self, *labels, of=None):
        """Waits until there are buttons with these labels in sight (`of` what has this name)."""
        for label in labels:
            self._seen(f'[aria-label="{of}"] button' if of else "button", label)

    def press(self, label, confirm=None, of=None):
        """Presses a button in sight (`of` what has this name), and the one that confirms it: one step."""
        self._click(lambda: self._seen(f'[aria-label="{of}"] button' if of else "button", label))
        if confirm:
            self._click(lambda: self._seen("dialog button", confirm))
        self._stepped()

    @staticmethod
    def _click(find):
        """Clicks an element, which may be drawn anew meanwhile."""
        for _ in range(20):
            element = find()
            try:
                return element.click()
            except StaleElementReferenceException:
                continue
        raise AssertionError("an element is drawn anew all the time")

    def _stepped(self):
        self.steps += 1
        assert self.steps <= 2, "it takes more than two steps from the Overview"

    def _seen(self, selector, text):
        script = """
            const all = [...document.querySelectorAll(arguments[0])].filter((element) => element.closest("main, dialog") && element.checkVisibility());
            return all.find((element) => element.innerText.trim() === arguments[1]) ?? null"""
        return self.stage.within(lambda: self.driver.execute_script(script, selector, text),
                                 f"a {selector} {text!r} in sight at {self.driver.current_url}", STEP)
