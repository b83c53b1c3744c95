"""deploy/ and the Makefile, as far as they can be tested on this machine."""
import json
import os
import pathlib
import re
import shutil
import subprocess

import jsonschema
import pytest
import yaml
from conftest import PADDOCK

PROJECT = pathlib.Path(__file__).resolve().parents[2]


def needs(program):
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")


def in_effect(text):
    """The example configuration with the lines that are commented out in effect; those have no blank after the #, or two."""
    return "".join(f"{line[1:]}\n" for line in text.splitlines() if re.match(r"#(  )?[a-z]", line))


def make(*arguments):
    return subprocess.run(
        ["make", "-C", PROJECT, f"BINARY={os.path.abspath(PADDOCK)}", *arguments], capture_output=True, text=True
    )


@pytest.fixture
def installed(tmp_path):
    result = make("install", f"DESTDIR={tmp_path}", "PREFIX=/usr")
    assert result.returncode == 0, result.stderr
    return tmp_path


def test_make_install_puts_everything_in_its_place(installed):
    version = subprocess.run([installed / "usr/bin/paddock", "--version"], capture_output=True, text=True).stdout
    assert re.match(r"\d+\.\d+\.\d+", version)
    for path in (
        "usr/lib/systemd/system/paddock.service", "etc/paddock/paddock.yaml", "usr/share/fish/vendor_completions.d/paddock.fish",
        "usr/share/bash-completion/completions/paddock", "usr/share/zsh/vendor-completions/_paddock",
        "usr/share/man/man1/paddock.1",
    ):
        assert (installed / path).stat().st_size > 100, path
    subprocess.run(["bash", "-n", installed / "usr/share/bash-completion/completions/paddock"], check=True)


def test_a_second_install_leaves_the_configuration(installed):
    config = installed / "etc/paddock/paddock.yaml"
    config.write_text("port: 9000\n")
    make("install", f"DESTDIR={installed}", "PREFIX=/usr")
    assert config.read_text() == "port: 9000\n"
    make("uninstall", f"DESTDIR={installed}", "PREFIX=/usr")
    assert config.exists() and not (installed / "usr/bin/paddock").exists()


def test_the_example_configuration_is_valid_and_shows_the_defaults(installed, tmp_path):
    config = installed / "etc/paddock/paddock.yaml"
    shown = subprocess.run([PADDOCK, "check-config", config], capture_output=True, text=True)
    assert shown.returncode == 0, shown.stderr
    # With every line in effect it is still valid.
    everything = tmp_path / "all.yaml"
    secret = tmp_path / "cluster.key"
    secret.write_text("0123456789abcdef\n")
    everything.write_text(in_effect(config.read_text()).replace("/etc/paddock/cluster.key", str(secret)))
    result = subprocess.run([PADDOCK, "check-config", everything], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr + everything.read_text()


# The schema of the configuration file


class Loader(yaml.SafeLoader):
    """YAML 1.2, as editors and Paddock read it: `on` and `off` are words."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@pytest.fixture(scope="module")
def schema():
    schema = json.loads(subprocess.run([PADDOCK, "check-config", "--schema"], capture_output=True, check=True).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def documented():
    for path in sorted((PROJECT / "docs").glob("**/*.md")) + [PROJECT / "README.md"]:
        for block in re.findall(r"^```yaml\n(.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL):
            yield pytest.param(block, id=path.name)


@pytest.mark.parametrize("text", list(documented()))
def test_the_configurations_of_the_documents_are_valid_by_the_schema(schema, text):
    schema.validate(yaml.load(text, Loader))


def test_the_example_configuration_is_valid_by_the_schema(schema):
    text = (PROJECT / "deploy/paddock.yaml").read_text()
    everything = yaml.load(in_effect(text), Loader)
    schema.validate(everything)
    assert set(everything) == set(schema.schema["properties"])
    examples = {key: value for value, key in re.findall(r"# Example: (.*)\n#([a-z_]+):", text)}
    assert len(examples) >= 5
    for key, example in examples.items():
        schema.validate({key: yaml.load(example, Loader)})


@pytest.mark.parametrize(
    "text",
    [
        "prot: 1", "port: 65536", "port: x", "backends: [ftp://a]", "backends: [{slots: 4}]", "backends: [{url: http://a, x: 1}]",
        "ollama_num_parallel: many", "ollama_max_queue: -1", "request_timeout: 5 minutes", "fairness: true", "log_level: loud",
        "cluster: {stores: redis://a}", "cluster: {store: http://a}", "cluster: redis://a", "cluster: {when_alone: run}",
        "models: {a: {parallel: 1}}", "clients: {a: {key_sha256: abc}}", "max_body_bytes: 1TB", "batch_share: 51",
    ],
)
def test_what_paddock_refuses_is_invalid_by_the_schema(schema, tmp_path, text):
    assert not schema.is_valid(yaml.load(text, Loader))
    (tmp_path / "paddock.yaml").write_text(text + "\n")
    assert subprocess.run([PADDOCK, "check-config", tmp_path / "paddock.yaml"], capture_output=True).returncode == 78


def test_systemd_accepts_the_unit(installed):
    needs("systemd-analyze")
    unit = installed / "usr/lib/systemd/system/paddock.service"
    unit.write_text(unit.read_text().replace("/usr/bin/paddock", str(installed / "usr/bin/paddock")))
    result = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True)
    assert result.returncode == 0 and "paddock" not in result.stderr, result.stderr
    # 0 is safe, 10 is not; a service without any protection has 9.6.
    result = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", unit], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout


def test_the_container_files_name_what_is_there():
    dockerfile = (PROJECT / "deploy/Dockerfile").read_text()
    ignored = (PROJECT / ".dockerignore").read_text().split()
    for source in re.findall(r"^COPY (?!--from)(\S+) ", dockerfile, re.MULTILINE):
        assert (PROJECT / source).exists() and f"!{source}" in ignored
    assert re.search(r"^USER [1-9]", dockerfile, re.MULTILINE)


# Several gateways


def check_member(environment, tmp_path):
    """Paddock starts with these variables; returns the configuration in effect."""
    secret = tmp_path / "cluster.key"
    secret.write_text("0123456789abcdef\n")
    environment = {key: str(value) for key, value in environment.items()}
    assert environment["PADDOCK_CLUSTER_SECRET_FILE"].endswith("/cluster.key")
    environment["PADDOCK_CLUSTER_SECRET_FILE"] = str(secret)
    contract = (PROJECT / "docs/contract.md").read_text()
    assert all(f"`{name}`" in contract for name in environment), environment
    result = subprocess.run(
        [PADDOCK, "check-config", "--offline", "--json"], cwd=tmp_path, capture_output=True, text=True,
        env={"PATH": os.environ["PATH"], "PADDOCK_HOST": "0.0.0.0", **environment},
    )
    assert result.returncode == 0, result.stderr
    said = json.loads(result.stdout)
    assert not [warning for warning in said["warnings"] if "cluster" in warning]
    return {entry["key"]: entry["value"] for entry in said["settings"]}


def test_the_cluster_of_compose_fits_together(tmp_path):
    path = PROJECT / "deploy/compose.cluster.yaml"
    compose = yaml.safe_load(path.read_text())
    services = compose["services"]
    members = [name for name in services if name.startswith("paddock")]
    settings = {}
    for name in members:
        environment = {**services[name]["environment"], "PADDOCK_ADMIN_TOKEN": ""}
        settings[name] = check_member(environment, tmp_path)
        assert settings[name]["cluster.advertise"] == f"{name}:8081" and settings[name]["cluster.listen"] == "0.0.0.0:8081"
        backends = settings[name]["backends"].split()
        assert [re.fullmatch(r"http://([a-z0-9-]+):11434", url)[1] in services for url in backends] == [True, True]
        store = re.fullmatch(r"redis://([a-z]+):6379/0", settings[name]["cluster.store"])
        assert store[1] in services and set(services[name]["depends_on"]) >= {store[1]}
        # What is kept is each member's own.
        assert services[name]["volumes"] == [f"{name}:/var/lib/paddock"] and name in compose["volumes"]
    assert len(members) == 2 and len({settings[name]["cluster.name"] for name in members}) == 2
    for name in ("ollama-1", "ollama-2"):
        arguments = [*services[name]["command"], "--help"]
        assert subprocess.run([PADDOCK, *arguments], capture_output=True).returncode == 0
    caddyfile = compose["configs"]["caddyfile"]["content"]
    assert all(f"{name}:8080" in caddyfile for name in members) and "/health/ready" in caddyfile
    if shutil.which("caddy"):
        (tmp_path / "Caddyfile").write_text(caddyfile)
        adapted = subprocess.run(
            ["caddy", "adapt", "--config", tmp_path / "Caddyfile", "--adapter", "caddyfile"], capture_output=True, text=True
        )
        assert adapted.returncode == 0, adapted.stderr
    if shutil.which("docker") and subprocess.run(["docker", "compose", "version"], capture_output=True).returncode == 0:
        result = subprocess.run(
            ["docker", "compose", "-f", path, "config"], capture_output=True, text=True,
            env={**os.environ, "PADDOCK_CLUSTER_SECRET": "0123456789abcdef"},
        )
        assert result.returncode == 0, result.stderr


def test_the_manifest_for_kubernetes_fits_together(tmp_path):
    documents = list(yaml.safe_load_all((PROJECT / "deploy/kubernetes.yaml").read_text()))
    named = {(document["kind"], document["metadata"]["name"]): document["spec"] for document in documents}
    deployment = named["Deployment", "paddock"]
    pod = deployment["template"]["spec"]
    [container] = pod["containers"]
    values = {"PADDOCK_ADMIN_TOKEN": "token", "POD_IP": "10.1.2.3"}
    environment = {entry["name"]: entry.get("value", values.get(entry["name"])) for entry in container["env"]}
    for address, listened in (("10.1.2.3", "10.1.2.3:8081"), ("fd00::3", "[fd00::3]:8081")):
        given = {
            name: value.replace("$(POD_IP)", address) for name, value in environment.items() if name != "POD_IP"
        }
        settings = check_member(given, tmp_path)
        assert settings["cluster.listen"] == listened
        assert len(settings["backends"].split()) == 2
    names = [entry["name"] for entry in container["env"]]
    assert names.index("POD_IP") < names.index("PADDOCK_CLUSTER_LISTEN"), "only what came before is filled in"
    store = re.fullmatch(r"redis://([a-z-]+):6379/0", settings["cluster.store"])[1]
    assert named["Service", store]["ports"] == [{"port": 6379}]
    assert container["readinessProbe"]["httpGet"] == {"path": "/health/ready", "port": 8080}
    assert container["livenessProbe"]["httpGet"] == {"path": "/health/live", "port": 8080}
    assert {port["containerPort"] for port in container["ports"]} == {8080, 8081}
    # An answer may take request_timeout after the Service has forgotten the pod.
    assert pod["terminationGracePeriodSeconds"] >= 300 + container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert deployment["replicas"] == 3 and deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    for kind, selector in (("Service", "selector"), ("PodDisruptionBudget", "selector")):
        found = named[kind, "paddock"][selector]
        assert found.get("matchLabels", found) == deployment["template"]["metadata"]["labels"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert {volume["name"] for volume in pod["volumes"]} == set(mounts)
    assert environment["PADDOCK_CLUSTER_SECRET_FILE"].startswith(mounts["secret"] + "/")


def test_the_debian_package(tmp_path):
    needs("dpkg-buildpackage")
    needs("dh")
    result = make("deb")
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    package = next((PROJECT / ".build/deb").glob("paddock_*.deb"))
    subprocess.run(["dpkg-deb", "-x", package, tmp_path], check=True)
    assert subprocess.run([tmp_path / "usr/bin/paddock", "--version"], capture_output=True).returncode == 0
    assert (tmp_path / "lib/systemd/system/paddock.service").exists()
    conffiles = subprocess.run(["dpkg-deb", "-I", package, "conffiles"], capture_output=True, text=True).stdout
    assert conffiles.split() == ["/etc/paddock/paddock.yaml"]
    if shutil.which("lintian"):
        # A debug build finds the Swift libraries by a path; a release build has them inside.
        is_static = "libswift" not in subprocess.run(["ldd", tmp_path / "usr/bin/paddock"], capture_output=True, text=True).stdout
        suppressed = [] if is_static else ["--suppress-tags", "custom-library-search-path"]
        result = subprocess.run(["lintian", "--fail-on", "error", *suppressed, package], capture_output=True, text=True)
        assert result.returncode == 0, result.stdout
