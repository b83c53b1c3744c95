"""`/metrics` as Prometheus sees it: promtool's opinion, and a real Prometheus that scrapes it."""
import json
import pathlib
import re
import shutil
import socket
import subprocess

import pytest
import requests
from conftest import free_port, raw, wait_until

DEPLOY = pathlib.Path(__file__).parents[2] / "deploy"

needs_prometheus = pytest.mark.skipif(not shutil.which("promtool"), reason="needs Debian's package prometheus")


def samples(url):
    """The samples by name and labels, as in the text."""
    reply = requests.get(url + "/metrics", timeout=10)
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = [line for line in reply.text.split("\n") if line and not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def ask(url, model, **fields):
    return requests.post(url + "/api/generate", json={"model": model, "prompt": "Hi", **fields}, timeout=30)


@needs_prometheus
def test_promtool_finds_nothing_wrong(gateway):
    ask(gateway.url, 'odd "name" \\ with\nbreak')
    ask(gateway.url, "llama2")
    text = requests.get(gateway.url + "/metrics", timeout=10).text
    check = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=30)
    assert (check.returncode, check.stdout + check.stderr) == (0, "")


@needs_prometheus
def test_the_rules_and_the_scrape_config_are_right():
    for kind, file in [("rules", "prometheus/alerts.yaml"), ("config", "prometheus/prometheus.yaml")]:
        check = subprocess.run(["promtool", "check", kind, DEPLOY / file], capture_output=True, text=True, timeout=30)
        assert check.returncode == 0, check.stdout + check.stderr
        assert "SUCCESS" in check.stdout


@needs_prometheus
def test_the_rules_fire_when_they_should():
    file = DEPLOY / "prometheus" / "alerts-test.yaml"
    check = subprocess.run(["promtool", "test", "rules", file], capture_output=True, text=True, timeout=60)
    assert check.returncode == 0, check.stdout + check.stderr


def names_in(expression):
    return set(re.findall(r"\b(?:paddock|process)_[a-z_]+", expression))


def test_the_dashboard_and_the_rules_ask_for_metrics_that_there_are(gateway):
    ask(gateway.url, "llama2")
    known = {re.sub(r"\{.*", "", name) for name in samples(gateway.url)}
    # Only a member of a cluster has these; a Swift test compares the contract with the metrics.
    contract = (DEPLOY.parent / "docs" / "contract.md").read_text()
    known |= set(re.findall(r"^\| `(paddock_cluster_\w+)`", contract, re.MULTILINE))
    grafana = json.loads((DEPLOY / "grafana" / "paddock-dashboard.json").read_text())
    expressions = [target["expr"] for panel in grafana["panels"] for target in panel.get("targets", [])]
    assert len(expressions) >= 10
    asked = names_in(" ".join(expressions)) | names_in((DEPLOY / "prometheus" / "alerts.yaml").read_text())
    assert asked and asked <= known


@needs_prometheus
def test_prometheus_understands_the_expressions_of_the_dashboard(tmp_path):
    grafana = json.loads((DEPLOY / "grafana" / "paddock-dashboard.json").read_text())
    expressions = [target["expr"] for panel in grafana["panels"] for target in panel.get("targets", [])]
    rules = [{"record": f"panel_{number}", "expr": text.replace("$__rate_interval", "1m")} for number, text in enumerate(expressions)]
    (tmp_path / "rules.yaml").write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    check = subprocess.run(["promtool", "check", "rules", tmp_path / "rules.yaml"], capture_output=True, text=True, timeout=30)
    assert check.returncode == 0 and f"{len(rules)} rules found" in check.stdout, check.stdout + check.stderr


def test_counts_are_those_of_the_statistics_and_no_reset_takes_them_back(sim, start):
    gateway = start("serve", "--port", "0", "--backend", sim.url, "--parallel", "1", "--max-queue", "0")
    for _ in range(3):
        ask(gateway.url, "llama2")
    assert ask(gateway.url, "no-such-model").status_code == 404
    seen = samples(gateway.url)
    stats = requests.get(gateway.url + "/queue/stats?model=llama2", timeout=10).json()
    llama2 = 'model="llama2"'
    # What made the model known counts with the models that are not.
    assert seen[f'paddock_requests_total{{{llama2},outcome="completed"}}'] == stats["total_processed"] - 1 == 2
    assert seen['paddock_requests_total{outcome="completed"}'] == 2
    assert seen[f"paddock_arrivals_total{{{llama2}}}"] == 2
    assert seen[f"paddock_parallel_limit{{{llama2}}}"] == 1
    assert seen[f"paddock_wait_seconds_count{{{llama2}}}"] == 2
    assert seen[f'paddock_processing_seconds_bucket{{{llama2},le="+Inf"}}'] == 2
    assert seen[f"paddock_first_byte_seconds_count{{{llama2}}}"] == 2
    assert seen[f"paddock_relayed_bytes_total{{{llama2}}}"] > 0
    assert not any("no-such-model" in name for name in seen)
    requests.post(gateway.url + "/admin/queue/reset", timeout=10)
    ask(gateway.url, "llama2")
    again = samples(gateway.url)
    assert again[f'paddock_requests_total{{{llama2},outcome="completed"}}'] == 3
    assert requests.get(gateway.url + "/queue/stats?model=llama2", timeout=10).json()["total_processed"] == 1


def test_invented_models_leave_no_series(start):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
        gateway = start("serve", "--port", "0", "--backend", nobody)
        before = len(samples(gateway.url))
        for number in range(50):
            assert ask(gateway.url, f"invented-{number}").status_code == 502
        seen = samples(gateway.url)
    assert len(seen) == before
    assert seen['paddock_requests_total{outcome="failed"}'] == 50
    assert seen["paddock_models"] == 50


def test_the_process_is_told_about(gateway):
    seen = samples(gateway.url)
    status = pathlib.Path(f"/proc/{gateway.process.pid}/status").read_text()
    resident = int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024
    assert 0.5 < seen["process_resident_memory_bytes"] / resident < 2
    assert 0 < seen["process_open_fds"] < seen["process_max_fds"]
    assert seen["process_cpu_seconds_total"] > 0
    boot = float(re.search(r"btime (\d+)", pathlib.Path("/proc/stat").read_text()).group(1))
    assert seen["process_start_time_seconds"] > boot
    assert seen["paddock_draining"] == 0
    assert any(name.startswith("paddock_build_info{version=") for name in seen)


def test_head_and_other_methods(gateway):
    assert requests.head(gateway.url + "/metrics", timeout=10).text == ""
    reply = requests.post(gateway.url + "/metrics", timeout=10)
    assert (reply.status_code, reply.headers["Allow"]) == (405, "GET, HEAD")
    assert raw(gateway.port, b"GET /metrics HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.0 200 OK\r\n")


@needs_prometheus
def test_a_real_prometheus_scrapes_it(sim, start, tmp_path):
    gateway = start("serve", "--port", "0", "--backend", sim.url)
    ask(gateway.url, "llama2")
    ask(gateway.url, "llama2")
    config = (DEPLOY / "prometheus" / "prometheus.yaml").read_text()
    config = config.replace("127.0.0.1:8080", f"127.0.0.1:{gateway.port}").replace("15s", "1s")
    (tmp_path / "prometheus.yaml").write_text(config)
    shutil.copy(DEPLOY / "prometheus" / "alerts.yaml", tmp_path)
    port = free_port()
    prometheus = subprocess.Popen(
        ["prometheus", f"--config.file={tmp_path}/prometheus.yaml", f"--storage.tsdb.path={tmp_path}/data",
         f"--web.listen-address=127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )

    def query(expression):
        try:
            reply = requests.get(f"http://127.0.0.1:{port}/api/v1/query", params={"query": expression}, timeout=5)
        except requests.ConnectionError:
            return None
        return reply.json()["data"]["result"] if reply.ok else None

    try:
        result = wait_until(lambda: query('paddock_requests_total{model="llama2",outcome="completed"}'), seconds=60)
        assert result[0]["value"][1] == "1" and result[0]["metric"]["job"] == "paddock"
        assert query("up")[0]["value"][1] == "1"
        quantile = query("histogram_quantile(0.9, paddock_processing_seconds_bucket{model='llama2'})")
        assert 0 <= float(quantile[0]["value"][1]) <= 600
        rules = requests.get(f"http://127.0.0.1:{port}/api/v1/rules", timeout=5).json()["data"]["groups"]
        assert {rule["health"] for group in rules for rule in group["rules"]} <= {"ok", "unknown"}
    finally:
        prometheus.kill()
        prometheus.wait(10)
