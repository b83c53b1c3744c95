"""The command line against a running gateway, as an operator uses it."""
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import threading

import pyte
import pytest
import requests
from conftest import PADDOCK, HoldingBackend, free_port, listen, stop_listening, wait_until

BINARY = os.path.abspath(PADDOCK)


def environment(**variables):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OLLAMA_", "PADDOCK_", "REQUEST_"))}
    return kept | {"LC_ALL": "C.UTF-8"} | variables


def paddock(*arguments, url=None, env=None, timeout=60, **options):
    variables = environment(**(env or {}))
    if url:
        variables["PADDOCK_URL"] = url
    return subprocess.run(
        [BINARY, *arguments], capture_output=True, text=True, env=variables, timeout=timeout, **options
    )


def chat(gateway, model="llama2", **fields):
    return requests.post(f"{gateway.url}/api/generate", json={"model": model, "prompt": "x", "stream": False}, **fields)


NDJSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, *arguments, columns=80, rows=24, **variables):
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.seen = b""
        # The terminal has its size before the command looks.
        self.fd, child = pty.openpty()
        self.resize(columns, rows)
        self.child = child
        self.before = termios.tcgetattr(child)
        self.process = subprocess.Popen(
            [BINARY, *arguments], stdin=child, stdout=child, stderr=subprocess.PIPE, start_new_session=True,
            env=environment(TERM="xterm", **variables),
            # Its controlling terminal, so that Ctrl-C and a new size signal it.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )

    def resize(self, columns, rows):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)

    def lines(self):
        while select.select([self.fd], [], [], 0)[0]:
            piece = os.read(self.fd, 65536)
            self.seen += piece
            self.stream.feed(piece)
        return [line.rstrip() for line in self.screen.display]

    def wait_for(self, pattern):
        def found():
            lines = self.lines()
            return re.search(pattern, "\n".join(lines)) and lines

        try:
            return wait_until(found)
        except AssertionError:
            raise AssertionError(f"no {pattern!r} in:\n" + "\n".join(self.lines())) from None

    def keys(self, keys):
        os.write(self.fd, keys)

    def end(self):
        """The exit status; checks that the terminal is as it was before."""
        status = self.process.wait(30)
        wait_until(lambda: self.lines() and self.seen.endswith(b"\x1b[?25h\x1b[?1049l"))
        assert termios.tcgetattr(self.child) == self.before
        return status

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(30)
        os.close(self.fd)
        os.close(self.child)


@pytest.fixture
def terminal():
    made = []

    def make(*arguments, **options):
        made.append(Terminal(*arguments, **options))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def own(sim, start):
    """A gateway that no other test uses."""
    return start("serve", "--port", "0", "--backend", sim.url, "--parallel", "2", "--max-queue", "16")


# Help


def test_paddock_alone_explains_itself_in_about_ten_lines():
    alone = paddock()
    assert alone.returncode == 0 and 8 <= len(alone.stdout.splitlines()) <= 12
    for verb in ("serve", "demo", "status", "top", "load"):
        assert f"paddock {verb}" in alone.stdout


@pytest.mark.parametrize("arguments", [["nonsense"], ["status", "--no-such"], ["set", "m"], ["set", "m", "--parallel", "0"],
                                       ["set", "m", "--queue", "x"], ["top", "--interval", "0"], ["requests", "--limit", "0"],
                                       ["load", "-c", "0"], ["cancel"], ["cancel", ""], ["load", "--url", "https://x"]])
def test_a_wrong_command_line_exits_64(arguments):
    result = paddock(*arguments)
    assert result.returncode == 64 and result.stderr and not result.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completions_are_scripts_of_their_shell(shell, tmp_path):
    script = tmp_path / "completion"
    script.write_text(paddock("--generate-completion-script", shell).stdout)
    assert "check-config" in script.read_text()
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not on this machine")
    assert subprocess.run([shell, "-n", script], capture_output=True).returncode == 0


def test_bash_completes_verbs_and_options(tmp_path):
    script = tmp_path / "completion"
    script.write_text(paddock("--generate-completion-script", "bash").stdout)
    program = f"""source {script}
    complete_word() {{
        COMPREPLY=(); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${{#COMP_LINE}}
        _paddock paddock "${{COMP_WORDS[-1]}}" "${{COMP_WORDS[-2]}}"; echo "${{COMPREPLY[@]}}"
    }}
    complete_word paddock loa; complete_word paddock set --par"""
    result = subprocess.run(["bash", "-c", program], capture_output=True, text=True, env=environment(PATH=os.environ["PATH"]))
    assert [line.strip() for line in result.stdout.splitlines()] == ["load", "--parallel"], result


def test_the_manual_page_is_a_manual_page():
    page = paddock("manual")
    assert page.returncode == 0 and page.stdout.startswith(".TH PADDOCK 1 ")
    if not shutil.which("mandoc"):
        pytest.skip("mandoc is not on this machine")
    lint = subprocess.run(["mandoc", "-Tlint"], input=page.stdout, capture_output=True, text=True)
    assert lint.stdout == "" and lint.returncode == 0


# A gateway that is not there, is not Paddock, or refuses

VERBS = [["status"], ["top", "--once"], ["set", "m", "--parallel", "2"], ["reset"], ["memory"], ["requests"], ["cancel", "x"]]


def one_line(result, status, *words):
    assert result.returncode == status and result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("paddock: ") and all(word in result.stderr for word in words), result.stderr


@pytest.mark.parametrize("verb", VERBS + [["load"], ["top"]], ids=" ".join)
def test_a_gateway_that_is_not_there_exits_69(verb):
    port = free_port()
    one_line(paddock(*verb, url=f"http://127.0.0.1:{port}"), 69, f"127.0.0.1:{port}", "refused")


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_another_server_exits_76(verb, sim):
    one_line(paddock(*verb, url=sim.url), 76, "not Paddock")


@pytest.mark.parametrize(
    "reply,status",
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 76),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + b'{"status":"healthy"}', 76),
        (b"HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", 76),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", 76),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 90000000000\r\n\r\n" + b" " * (33 << 20), 76),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{", 69),
        (b"", 69),
    ],
    ids=["empty", "part", "redirect", "ssh", "huge", "cut", "closed"],
)
def test_what_is_no_paddock_is_told_in_one_line(reply, status):
    def serve(connection):
        connection.recv(65536)
        try:
            connection.sendall(reply)
        except OSError:
            pass
        connection.close()

    listener, url = listen(serve)
    one_line(paddock("status", url=url), status)
    stop_listening(listener)


def test_the_token_goes_only_to_paddock():
    seen = []

    def serve(connection):
        seen.append(connection.recv(65536))
        connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        connection.close()

    listener, url = listen(serve)
    result = paddock("reset", url=url, env={"PADDOCK_ADMIN_TOKEN": "secret"})
    stop_listening(listener)
    assert result.returncode == 76 and len(seen) == 1
    assert b"secret" not in seen[0]


def test_the_admin_token(sim, start, tmp_path):
    gateway = start("serve", "--port", "0", "--backend", sim.url, environment={"PADDOCK_ADMIN_TOKEN": "right"})
    change = ["set", "llama2", "--parallel", "3"]
    one_line(paddock(*change, url=gateway.url), 77, "PADDOCK_ADMIN_TOKEN")
    one_line(paddock(*change, url=gateway.url, env={"PADDOCK_ADMIN_TOKEN": "wrong"}), 77, "refuses")
    assert paddock(*change, url=gateway.url, env={"PADDOCK_ADMIN_TOKEN": "right"}).returncode == 0
    file = tmp_path / "token"
    file.write_text("right\n")
    assert paddock(*change, "--token-file", str(file), url=gateway.url).returncode == 0
    for bad in ("", "two words", "\x1b[2J"):
        file.write_text(bad)
        one_line(paddock(*change, "--token-file", str(file), url=gateway.url), 78, "token file")
    one_line(paddock(*change, "--token-file", str(tmp_path / "none"), url=gateway.url), 78, "No such file")


@pytest.mark.parametrize("url,word", [("https://127.0.0.1", "TLS"), ("127.0.0.1:80", "not an address"), ("http://a/b", "more than")])
def test_an_address_that_is_none(url, word):
    one_line(paddock("status", url=url), 78, "PADDOCK_URL", word)
    one_line(paddock("status", "--url", url), 64, "--url", word)


# Monitoring and control


def test_status_shows_what_the_gateway_says(own):
    assert "No model has been used yet" in paddock("status", url=own.url).stdout
    for _ in range(3):
        chat(own)
    result = paddock("status", url=own.url)
    assert result.returncode == 0
    row = next(line for line in result.stdout.splitlines() if line.startswith("llama2")).split()
    assert row[:5] == ["llama2", "0/2", "0/16", "3", "3"]
    assert re.search(r"^http://127.0.0.1:\d+ +answers\b", result.stdout, re.M) and "Memory of the gateway's machine: " in result.stdout
    said = json.loads(paddock("status", "--json", url=own.url).stdout)
    assert said["stats"]["models"]["llama2"]["total_processed"] == 3
    assert said["health"]["status"] == "healthy" and said["url"] == own.url


def test_set_and_reset(own):
    result = paddock("set", "llama2", "--parallel", "5", "--queue", "9", url=own.url)
    assert result.returncode == 0 and "llama2" in result.stdout
    stats = requests.get(f"{own.url}/queue/stats").json()["models"]["llama2"]
    assert (stats["parallel_limit"], stats["queue_limit"]) == (5, 9)
    assert json.loads(paddock("set", "llama2", "--queue", "7", "--json", url=own.url).stdout) == {
        "model": "llama2", "parallel_limit": 5, "queue_limit": 7, "status": "updated",
    }
    chat(own)
    assert paddock("reset", "llama2", url=own.url).returncode == 0
    assert requests.get(f"{own.url}/queue/stats").json()["models"]["llama2"]["total_requests"] == 0
    assert json.loads(paddock("reset", "--json", url=own.url).stdout)["status"] == "success"
    one_line(paddock("reset", "never heard of", url=own.url), 65, "never heard of")
    assert paddock("set", "a/b:7b ä&c", "--parallel", "1", url=own.url).returncode == 0
    assert paddock("reset", "a/b:7b ä&c", url=own.url).returncode == 0


def test_memory(own):
    result = paddock("memory", url=own.url)
    assert result.returncode == 0 and "available" in result.stdout and "OLLAMA_NUM_PARALLEL=" in result.stdout
    assert json.loads(paddock("memory", "--json", url=own.url).stdout)["total_gb"] > 0


def test_requests_are_listed_and_cancelled(backend, start):
    held = HoldingBackend(backend)
    gateway = start("serve", "--port", "0", "--backend", held.url, "--parallel", "1")
    assert "No request" in paddock("requests", url=gateway.url).stdout
    replies = {}

    def ask(name):
        replies[name] = chat(gateway, headers={"X-Request-Id": name}, timeout=30)

    threads = [threading.Thread(target=ask, args=(name,)) for name in ("first", "second")]
    for count, thread in enumerate(threads, 1):
        thread.start()
        wait_until(lambda: requests.get(f"{gateway.url}/queue/requests").json()["total"] == count)
    rows = [line.split() for line in paddock("requests", url=gateway.url).stdout.splitlines()]
    assert rows[0][:2] == ["ID", "MODEL"] and [row[0] for row in rows[1:]] == ["first", "second"]
    assert json.loads(paddock("requests", "--json", "--limit", "1", url=gateway.url).stdout)["total"] == 2
    assert "1 more" in paddock("requests", "--limit", "1", url=gateway.url).stdout
    cancelled = paddock("cancel", "second", url=gateway.url)
    assert cancelled.returncode == 0 and "second" in cancelled.stdout
    threads[1].join(20)
    assert replies["second"].status_code == 503 and replies["second"].json()["code"] == "cancelled_by_admin"
    held.go.set()
    threads[0].join(20)
    assert replies["first"].status_code == 200
    one_line(paddock("cancel", "no such", url=gateway.url), 65, "no such")


def test_a_name_cannot_steer_the_terminal_of_who_looks(backend, start, terminal):
    ok = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    gateway = start("serve", "--port", "0", "--backend", backend(lambda connection, _: connection.sendall(ok)).url)
    for name in ("\x1b[2J\x1b]0;owned\x07", "a\nb", "\u009b31m", "\u202eevil", "x" * 250):
        assert chat(gateway, model=name).status_code == 200
    for arguments in (["status"], ["status", "--json"], ["top", "--once", "--interval", "0.1"], ["requests"]):
        out = paddock(*arguments, url=gateway.url).stdout
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", out)
    top = terminal("top", "--url", gateway.url)
    lines = top.wait_for(r"\\u\{202e\}evil")
    assert any(r"\u{1b}[2j" in line.lower() for line in lines)
    assert b"owned\x07" not in top.seen


def test_a_reader_that_goes_away_is_no_error(own):
    chat(own)
    result = subprocess.run(
        f"{BINARY} top --interval 0.1 | head -n 1", shell=True, capture_output=True, text=True, timeout=30,
        env=environment(PADDOCK_URL=own.url),
    )
    assert result.stdout.count("\n") == 1 and result.stderr == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_a_full_disk_is_an_error(own):
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [BINARY, "status"], stdout=full, stderr=subprocess.PIPE, text=True, env=environment(PADDOCK_URL=own.url)
        )
    assert result.returncode == 74 and "cannot be written" in result.stderr


# check-config


def test_check_config_prints_values_and_sources(tmp_path):
    file = tmp_path / "some.yaml"
    file.write_text("port: 9000\nollama_max_queue: 7\nmodels:\n  llama2:\n    parallel_limit: 3\n")
    result = paddock(
        "check-config", str(file), "--host", "0.0.0.0", env={"OLLAMA_MAX_QUEUE": "8", "PADDOCK_ADMIN_TOKEN": "hunter2"}
    )
    assert result.returncode == 0 and "hunter2" not in result.stdout
    rows = {line.split()[0]: line.split()[1:] for line in result.stdout.splitlines()[1:]}
    assert rows["port"] == ["9000", f"{file}:1"]
    assert rows["ollama_max_queue"] == ["8", "variable", "OLLAMA_MAX_QUEUE"]
    assert rows["host"] == ["0.0.0.0", "flag", "--host"]
    assert rows["models.llama2.parallel_limit"] == ["3", f"{file}:5"]
    assert rows["request_timeout"] == ["300s", "default"]
    assert rows["admin_token"][0] == "(set)"
    said = json.loads(paddock("check-config", "--config", str(file), "--json").stdout)["settings"]
    assert {"key": "port", "value": "9000", "from": f"{file}:1"} in said


@pytest.mark.parametrize("text,words", [("olama_max_queue: 1\n", ":1"), ("port: http\n", "port"), ("port: 1\nport: 2\n", "twice")])
def test_check_config_says_what_serve_says(start, tmp_path, text, words):
    (tmp_path / "paddock.yaml").write_text(text)
    checked = paddock("check-config", cwd=tmp_path)
    assert checked.returncode == 78 and checked.stdout == "" and words in checked.stderr
    served = paddock("serve", cwd=tmp_path)
    assert (served.returncode, served.stderr) == (78, checked.stderr)


def test_check_config_says_all_errors(start, tmp_path):
    (tmp_path / "paddock.yaml").write_text("port: http\nmodels:\n  a: {parallel_limit: 0}\n  b: {pined: true}\n")
    checked = paddock("check-config", cwd=tmp_path, env={"REQUEST_TIMEOUT": "soon"})
    assert checked.returncode == 78
    places = [line.split()[1] for line in checked.stderr.splitlines()]
    assert places == ["paddock.yaml:1:", "paddock.yaml:3:", "paddock.yaml:4:", "variable"]


def test_check_config_asks_the_backends(sim, tmp_path):
    model = requests.get(f"{sim.url}/api/tags").json()["models"][0]["name"]
    (tmp_path / "paddock.yaml").write_text(f"host: 0.0.0.0\nmodels:\n  {model}: {{pinned: true}}\n  {model[:3]}x{model[3:]}: {{pinned: true}}\n")
    # What this user has set at run time elsewhere is no part of this.
    flags = ["check-config", "--backend", sim.url, "--state", "off"]
    checked = paddock(*flags, cwd=tmp_path)
    said = [line.split()[1:3] for line in checked.stderr.splitlines()]
    assert checked.returncode == 0 and said[0] == ["warning:", "host:"] and said[1][0] == "warning:" and said[2][0] == "note:"
    assert f"did you mean {model.removesuffix(':latest')}?" in checked.stderr and len(said) == 3
    assert paddock(*flags, "--strict", cwd=tmp_path).returncode == 1
    read = json.loads(paddock(*flags, "--json", cwd=tmp_path).stdout)
    assert (len(read["warnings"]), len(read["notes"])) == (2, 1)
    (parallel,) = [one for one in read["settings"] if one["key"] == "ollama_num_parallel"]
    assert parallel["value"] == "auto" and parallel["effective"] in (1, 2, 4)
    offline = paddock(*flags, "--offline", "--strict", cwd=tmp_path, env={"PADDOCK_ADMIN_TOKEN": "t"})
    assert (offline.returncode, offline.stderr) == (0, "")


@pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")
def test_an_ollama_with_a_lower_limit_is_told(start, sim, tmp_path):
    (tmp_path / "serve").write_text("read line\n")
    flags = ["check-config", "--backend", sim.url, "--state", "off", "--parallel", "3", "--strict"]
    ollama = subprocess.Popen(
        ["ollama", "serve"], executable="/bin/bash", cwd=tmp_path, stdin=subprocess.PIPE,
        env={"OLLAMA_HOST": f"127.0.0.1:{sim.port}", "OLLAMA_NUM_PARALLEL": "2"},
    )
    try:
        checked = paddock(*flags, cwd=tmp_path)
        assert checked.returncode == 1 and "OLLAMA_NUM_PARALLEL=3" in checked.stderr and "runs 2" in checked.stderr
        gateway = start("serve", "--port", "0", "--backend", sim.url, "--state", "off", "--parallel", "3", folder=tmp_path)
        told = wait_until(lambda: [line for line in gateway.lines if "OLLAMA_NUM_PARALLEL=3" in line])
        assert len(told) == 1 and "level=warning" in told[0]
        assert any(line.startswith("  parallel  3 at once") and "(by --parallel)" in line for line in gateway.lines)
    finally:
        ollama.communicate(b"\n")
    fine = paddock(*flags, cwd=tmp_path)
    assert fine.returncode == 0, fine.stderr


def test_check_config_takes_one_file(tmp_path):
    assert paddock("check-config", "a.yaml", "--config", "b.yaml").returncode == 64
    assert paddock("check-config", str(tmp_path / "none.yaml")).returncode == 78


# top


def test_top_once_when_piped(own):
    chat(own)
    result = paddock("top", "--once", "--interval", "0.1", url=own.url)
    assert result.returncode == 0 and "\x1b" not in result.stdout
    assert re.search(r"^llama2 +0/2 +0/16 ", result.stdout, re.M)
    said = json.loads(paddock("top", "--once", "--json", "--interval", "0.1", url=own.url).stdout)
    assert said["stats"]["total_models"] == 1


def test_top_shows_bars_and_changes_limits(backend, start, terminal):
    held = HoldingBackend(backend)
    gateway = start("serve", "--port", "0", "--backend", held.url, "--parallel", "2", "--max-queue", "4")
    threads = [threading.Thread(target=chat, args=(gateway,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    top = terminal("top", "--url", gateway.url, "--interval", "0.1")
    top.wait_for(r"llama2 +█{6} 2/2 +█{3}░{3} 2/4")
    assert all(len(line) <= 80 for line in top.lines())
    top.keys(b"p")
    top.wait_for("select a model first")
    top.keys(b"\x1b[Bl9\r")
    top.wait_for(r"set the queue limit of llama2\S* from 4 to 9\?")
    top.keys(b"y")
    top.wait_for(r"llama2: 2 at once, 9 may wait")
    top.wait_for(r"2/9")
    top.keys(b"+y")
    top.wait_for(r"llama2 +█+ 3/3")
    assert requests.get(f"{gateway.url}/queue/stats").json()["models"]["llama2"]["parallel_limit"] == 3
    top.keys(b"l99999999\r\r")
    top.wait_for(r"says: .*queue_limit")
    held.go.set()
    for thread in threads:
        thread.join(20)
    top.wait_for(r"llama2 +░+ 0/3 +░+ 0/9")
    top.keys(b"q")
    assert top.end() == 0


def test_top_in_40_columns_and_when_the_size_changes(own, terminal):
    chat(own, model="llama2")
    requests.post(
        f"{own.url}/admin/queue/update", json={"model": "a-name-that-is-longer-than-forty-columns-are-wide", "queue_limit": 5}
    )
    top = terminal("top", "--url", own.url, "--interval", "0.1", columns=40, rows=10)
    lines = top.wait_for(r"llama2 +0/2 +0/16")
    assert any(line.startswith("a-name-that") and "…" in line for line in lines)
    top.resize(120, 30)
    top.wait_for(r"TIME\n(?s:.*)a-name-that-is-longer-than-forty-columns-are-wide ")
    top.resize(20, 5)
    top.wait_for(r"^Paddock [^\n]*…")
    top.keys(b"\x03")
    assert top.end() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_top_gives_the_terminal_back_on_a_signal(own, terminal, number):
    top = terminal("top", "--url", own.url)
    top.wait_for("Paddock")
    top.process.send_signal(number)
    assert top.end() == 0


def test_top_stops_and_goes_on(own, terminal):
    top = terminal("top", "--url", own.url, "--interval", "0.1")
    top.wait_for("Paddock")
    top.keys(b"\x1a")
    _, status = os.waitpid(top.process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    wait_until(lambda: top.lines() and top.seen.endswith(b"\x1b[?25h\x1b[?1049l"))
    assert termios.tcgetattr(top.child) == top.before
    top.process.send_signal(signal.SIGCONT)
    wait_until(lambda: top.lines() and top.seen.count(b"\x1b[?1049h") == 2)
    top.keys(b"q")
    assert top.end() == 0


def test_top_without_utf8_shows_ascii(own, terminal):
    chat(own)
    top = terminal("top", "--url", own.url, LC_ALL="C")
    top.wait_for(r"llama2 +\.+ 0/2")
    top.keys(b"q")
    assert top.end() == 0
    assert "█".encode() not in top.seen and "░".encode() not in top.seen


def test_top_survives_a_restart_of_the_gateway(sim, start, terminal):
    gateway = start("serve", "--port", str(free_port()), "--backend", sim.url, "--parallel", "2")
    chat(gateway)
    top = terminal("top", "--url", gateway.url, "--interval", "0.1")
    top.wait_for("llama2")
    piped = subprocess.Popen(
        [BINARY, "top", "--url", gateway.url, "--interval", "0.1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env=environment(),
    )
    time_out = threading.Timer(30, piped.kill)
    time_out.start()
    assert "1 model" in piped.stdout.readline()
    gateway.stop()
    top.wait_for("not reachable, retrying: connection refused")
    # The first to notice may be a request under way, whose connection is closed.
    assert "is not reachable, retrying: " in piped.stderr.readline()
    start("serve", "--port", str(gateway.port), "--backend", sim.url, "--parallel", "2")
    top.wait_for(r"No model has been used yet")
    assert "answers again" in piped.stderr.readline()
    piped.terminate()
    piped.wait(10)
    time_out.cancel()
    top.keys(b"q")
    assert top.end() == 0


# load


def load(url, *arguments, **options):
    return json.loads(paddock("load", "--json", "--url", url, *arguments, **options).stdout)


@pytest.mark.parametrize("api", ["generate", "chat", "openai", "anthropic"])
def test_load_measures_every_dialect(own, api):
    streamed, whole = (load(own.url, "-n", "12", "-c", "3", "--api", api, flag) for flag in ("--stream", "--no-stream"))
    for said in (streamed, whole):
        every = said["all"]
        assert said["statuses"] == {"200": 12} and every["completed"] == 12
        assert every["total_ms"]["count"] == every["first_byte_ms"]["count"] == every["queue_wait_ms"]["count"] == 12
        assert every["total_ms"]["p50"] <= every["total_ms"]["p99"] <= every["total_ms"]["max"]
    # The same requests, so the same answers: the tokens that were counted are those that the reply says it has.
    assert streamed["all"]["tokens"] == whole["all"]["tokens"] > 12
    assert streamed["all"]["token_gap_ms"]["count"] == streamed["all"]["tokens"] - 12
    assert whole["all"]["token_gap_ms"]["count"] == 0


def test_load_embeds_and_speaks_to_what_is_not_paddock(sim):
    said = load(sim.url, "-n", "4", "--api", "embed")
    assert said["statuses"] == {"200": 4} and said["all"]["queue_wait_ms"]["count"] == 0


def test_load_agrees_with_the_gateway(own):
    result = paddock("load", "-n", "60", "-c", "30", "--model", "llama2=3", "--model", "mistral", url=own.url)
    assert result.returncode == 0 and "\x1b" not in result.stdout + result.stderr
    models = requests.get(f"{own.url}/queue/stats").json()["models"]
    completed = int(re.search(r"^200 +(\d+)", result.stdout, re.M).group(1))
    rejected = re.search(r"^503 queue_full +(\d+)", result.stdout, re.M)
    assert completed == sum(model["total_processed"] for model in models.values())
    assert (int(rejected.group(1)) if rejected else 0) == sum(model["total_rejected"] for model in models.values())
    for model in models:
        assert re.search(rf"^{model} +\d+ +{models[model]['total_processed']} ", result.stdout, re.M)


def test_load_counts_rejections_and_retries_when_told(backend, start):
    held = HoldingBackend(backend)
    gateway = start("serve", "--port", "0", "--backend", held.url, "--parallel", "1", "--max-queue", "0")
    blocker = threading.Thread(target=chat, args=(gateway,))
    blocker.start()

    def stats(key):
        return requests.get(f"{gateway.url}/queue/stats").json()["models"].get("llama2", {}).get(key)

    def make_room():
        wait_until(lambda: stats("total_rejected") == 6)
        held.go.set()

    wait_until(lambda: stats("active_requests") == 1)
    said = load(gateway.url, "-n", "5", "-c", "1", "--no-stream")
    assert said["statuses"] == {"503 queue_full": 5} and said["all"]["completed"] == 0 and said["retried"] == 0
    helper = threading.Thread(target=make_room)
    helper.start()
    said = load(gateway.url, "-n", "1", "-c", "1", "--no-stream", "--retry", "5")
    helper.join()
    blocker.join(20)
    assert said["statuses"]["200"] == 1 and said["all"]["completed"] == 1
    assert said["retried"] == said["statuses"]["503 queue_full"] >= 1
    assert said["all"]["total_ms"]["max"] >= 1000


def test_load_says_who_it_is(backend):
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    scripted = backend(lambda connection, _: connection.sendall(answer))
    said = load(
        scripted.url, "-n", "6", "-c", "1", "--client", "alice:key1", "--client", "10.0.0.9", "--client", "bob",
        "--header", "X-Request-Timeout: 10", "--class", "batch", "--no-stream", "--num-predict", "9",
    )
    assert {name: part["ended"] for name, part in said["clients"].items()} == {"alice": 2, "10.0.0.9": 2, "bob": 2}
    heads = [head.decode().lower() for head, _ in scripted.requests]
    assert all("x-request-timeout: 10" in head and "priority: u=6" in head for head in heads)
    assert "authorization: bearer key1" in heads[0] and "x-forwarded-for: 10.0.0.9" in heads[1]
    assert "x-forwarded-user: bob" in heads[2]
    body = json.loads(scripted.requests[0][1])
    assert body["model"] == "llama2" and body["stream"] is False and body["options"] == {"num_predict": 9}


def test_load_in_an_open_loop_sends_what_is_due_within_its_bound(own, backend):
    said = load(own.url, "-r", "100", "-n", "150", "--seed", "5")
    assert said["all"]["ended"] == 150 and said["rate"] == 100
    held = HoldingBackend(backend)

    def release():
        # From then on it sends for less than a second.
        wait_until(lambda: len(held.scripted.requests) == 10)
        threading.Timer(3, held.go.set).start()

    threading.Thread(target=release).start()
    said = load(held.url, "-r", "200", "-d", "1s", "--max-outstanding", "10", "--no-stream")
    assert said["all"]["completed"] == 10 and said["not_sent"] > 100


def test_load_shows_how_streams_break(backend):
    def script(connection, request):
        count.append(1)
        if len(count) % 2:
            connection.sendall(NDJSON + b"28\r\n" + b'{"error":"timeout: x","code":"timeout"}\n' + b"\r\n")
        else:
            connection.sendall(NDJSON + b"12\r\n" + b'{"response":"ab"}\n' + b"\r\n")
        return "close"

    count = []
    said = load(backend(script).url, "-n", "4", "-c", "1")
    assert said["statuses"] == {"200, then timeout": 2, "200, then broken off": 2} and said["all"]["completed"] == 0


def test_load_survives_a_restart_of_the_gateway(sim, start):
    gateway = start("serve", "--port", str(free_port()), "--backend", sim.url, "--parallel", "2")
    running = subprocess.Popen(
        [BINARY, "load", "--url", gateway.url, "-c", "4", "-d", "60s", "--json"], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=environment(),
    )

    def processed(url):
        try:
            return requests.get(f"{url}/queue/stats").json()["models"]["llama2"]["total_processed"]
        except (requests.RequestException, KeyError):
            return 0

    wait_until(lambda: processed(gateway.url) > 20)
    gateway.stop()
    again = start("serve", "--port", str(gateway.port), "--backend", sim.url, "--parallel", "2")
    wait_until(lambda: processed(again.url) > 20)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    said = json.loads(out)
    assert running.returncode == 0 and err == ""
    broken = sum(count for status, count in said["statuses"].items() if "broken off" in status or "no connection" in status)
    # As many as were outstanding, and a bounded number of tries: not one for each moment that it was away.
    assert 1 <= broken <= 60 and said["all"]["completed"] > 40


def test_load_has_a_progress_line_only_on_a_terminal(own):
    controller, terminal_end = pty.openpty()
    fcntl.ioctl(controller, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    running = subprocess.Popen(
        [BINARY, "load", "--url", own.url, "-c", "2", "-d", "1.2s"], stdout=subprocess.PIPE, stderr=terminal_end,
        text=True, env=environment(),
    )
    out, _ = running.communicate(timeout=30)
    os.close(terminal_end)
    seen = b""
    while select.select([controller], [], [], 1)[0]:
        try:
            seen += os.read(controller, 65536)
        except OSError:
            break
    os.close(controller)
    assert running.returncode == 0 and "\x1b" not in out
    lines = seen.decode().split("\r\x1b[K")
    assert len(lines) >= 3 and all(len(line) < 60 for line in lines) and lines[-1] == ""
    assert any("outstanding" in line and "/s" in line for line in lines)
