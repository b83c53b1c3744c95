# This source file is part of Paddock
# Copyright (c) 2026 The Paddock authors
# SPDX-License-Identifier: Apache-2.0

"""What the benchmark scripts share: building, processes on free ports, CPU time and memory of a process."""

import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

BENCHMARKS = pathlib.Path(__file__).resolve().parent.parent
PROJECT = BENCHMARKS.parent
TOOLS = BENCHMARKS / ".build" / "release"
PADDOCK = PROJECT / ".build" / "release" / "paddock"
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def build():
    """Builds the gateway and the tools; both keep their products between runs."""
    for folder, arguments in ((PROJECT, ["--product", "paddock"]), (BENCHMARKS, [])):
        subprocess.run(["swift", "build", "-c", "release", *arguments], cwd=folder, check=True)


def free_port():
    """A port that was free a moment ago, for programs that cannot choose one themselves."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, what, seconds=10.0):
    """Checks every 20 ms until the condition returns something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise SystemExit(f"gave up after {seconds:.0f} s: {what}")
        time.sleep(0.02)


def get_json(port, path):
    """The JSON reply to a GET on this machine."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


class Process:
    """A child process that is ended with the script."""

    def __init__(self, arguments, folder, name, preload=None, **options):
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("OLLAMA_", "PADDOCK_"))}
        environment.pop("REQUEST_TIMEOUT", None)
        # The store is measured, too; each process has its own.
        environment["PADDOCK_STATE"] = tempfile.mkdtemp(prefix="state-", dir=folder)
        if preload:
            environment["LD_PRELOAD"] = str(preload)
        self.name = name
        self.log = pathlib.Path(folder) / f"{name}.log"
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(
                [str(argument) for argument in arguments],
                cwd=folder, env=environment, stderr=log, stdin=subprocess.PIPE, text=True, **options,
            )

    @property
    def pid(self):
        return self.child.pid

    def cpu_seconds(self):
        """User and system time of all threads so far."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND

    def resident_kib(self):
        """The resident memory of the process."""
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise SystemExit(f"{self.name}: no VmRSS")

    def settled_kib(self):
        """The resident memory of the process once it no longer changes."""
        readings = []

        def settled():
            readings.append(self.resident_kib())
            return len(readings) > 25 and max(readings[-25:]) - min(readings[-25:]) <= 64

        wait_until(settled, f"the memory of {self.name} keeps changing", seconds=15)
        return readings[-1]

    def check_alive(self):
        if self.child.poll() is not None:
            raise SystemExit(f"{self.name} ended with status {self.child.returncode}:\n{self.log.read_text()}")
        return True

    def stop(self, with_signal=signal.SIGKILL, seconds=10):
        if self.child.poll() is None:
            self.child.send_signal(with_signal)
            try:
                self.child.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        for stream in (self.child.stdin, self.child.stdout):
            if stream:
                stream.close()


class Stage:
    """A temporary folder and the processes of one measurement; all are removed when it ends."""

    def __init__(self):
        self.exits = contextlib.ExitStack()

    def __enter__(self):
        self.folder = self.exits.enter_context(tempfile.TemporaryDirectory(prefix="paddock-bench-"))
        return self

    def __exit__(self, *details):
        return self.exits.__exit__(*details)

    def start(self, arguments, name, **options):
        process = Process(arguments, self.folder, name, **options)
        self.exits.callback(process.stop)
        return process

    def stub(self):
        """Starts the scripted backend and returns its port."""
        process = self.start([TOOLS / "stub-backend"], "stub-backend", stdout=subprocess.PIPE)
        return int(process.child.stdout.readline())

    def load(self, port, **options):
        """Starts the load client; its options are this function's, written with dashes."""
        arguments = [TOOLS / "load-client", "--port", port]
        for name, value in options.items():
            arguments += [f"--{name.replace('_', '-')}"] + ([] if value is True else [value])
        return self.start(arguments, "load-client", stdout=subprocess.PIPE)

    def paddock(self, backend, parallel, loops=1, prefix=(), program=PADDOCK, preload=None):
        """Starts the gateway and waits until it serves."""
        port = free_port()
        arguments = [
            *prefix, program, "serve", "--port", port, "--backend", f"http://127.0.0.1:{backend}",
            "--parallel", parallel, "--max-queue", 20_000, "--event-loops", loops,
        ]
        process = self.start(arguments, f"paddock-{port}", preload=preload, stdout=subprocess.DEVNULL)
        process.port = port
        wait_until(lambda: process.check_alive() and accepts(port), "paddock does not listen", seconds=60)
        return process

    def haproxy(self, backend, limit=None, threads=1, prefix=()):
        """Starts HAProxy and waits until it serves."""
        port = free_port()
        control = f"{self.folder}/haproxy-{port}.sock"
        configuration = pathlib.Path(self.folder) / f"haproxy-{port}.cfg"
        configuration.write_text(HAPROXY.format(
            threads=threads, control=control, port=port, backend=backend,
            limit=f"maxconn {limit}" if limit else "",
        ))
        process = self.start(
            [*prefix, "/usr/sbin/haproxy", "-db", "-f", configuration], f"haproxy-{port}",
            stdout=subprocess.DEVNULL)
        process.port = port
        process.control = control
        wait_until(lambda: process.check_alive() and accepts(port), "haproxy does not listen", seconds=60)
        return process


HAPROXY = """
global
    nbthread {threads}
    maxconn 9000
    stats socket {control}
defaults
    mode http
    option http-no-delay
    option abortonclose
    http-reuse always
    timeout connect 10s
    timeout client 10m
    timeout server 10m
    timeout queue 10m
frontend clients
    bind 127.0.0.1:{port}
    default_backend stub
backend stub
    server stub 127.0.0.1:{backend} {limit}
"""


def accepts(port):
    """True when something listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def haproxy_queue(process):
    """How many requests wait in HAProxy."""
    with socket.socket(socket.AF_UNIX) as control:
        control.connect(process.control)
        control.sendall(b"show stat\n")
        text = b"".join(iter(lambda: control.recv(65_536), b"")).decode()
    names, *rows = [line.split(",") for line in text.lstrip("# ").splitlines() if line]
    return sum(int(row[names.index("qcur")] or 0) for row in rows if row[1] == "BACKEND")


def paddock_queue(process):
    """How many requests wait in Paddock."""
    models = get_json(process.port, "/queue/stats")["models"]
    return sum(model["queued_requests"] for model in models.values())


def measure(load, proxy):
    """Waits for a load client's report and adds the CPU time that the proxy took meanwhile."""
    marker = load.child.stdout.readline().strip()
    begin = proxy.cpu_seconds()
    line = load.child.stdout.readline()
    cpu = proxy.cpu_seconds() - begin
    if marker != "measuring" or not line:
        raise SystemExit(f"the load client gave no report:\n{load.log.read_text()}")
    report = json.loads(line)
    report["cpu_seconds"] = cpu
    proxy.check_alive()
    load.stop()
    return report


def machine():
    """The machine of the measurement."""
    model = "unknown"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return {"cpu": model, "cores": os.cpu_count(), "kernel": os.uname().release}


def say(text):
    print(text, file=sys.stderr, flush=True)
