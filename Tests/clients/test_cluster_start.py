"""What a gateway needs to become a member of a cluster, and what it says if it cannot."""
import subprocess

import pytest

from conftest import PADDOCK, is_led, wait_until


def test_one_flag_is_enough_on_one_machine(start, sim, redis):
    members = [
        start("serve", "--port", "0", "--backend", sim.url, "--cluster", f"redis://127.0.0.1:{redis.port}",
              environment={"PADDOCK_STATE": "off", "PADDOCK_CLUSTER_LEASE": "0.5"})
        for _ in range(3)
    ]
    for member in members:
        wait_until(lambda: (reading := is_led(member)) and [one["linked"] for one in reading["members"]] == [True] * 3)


@pytest.mark.parametrize("place, remedy", [
    ("the store's", "is taken by another program: stop it, or choose another cluster.listen"),
    ("192.0.2.1:1", "is no address of this machine: choose another cluster.listen"),
], ids=["taken", "elsewhere"])
def test_an_address_that_cannot_be_listened_on_is_named(redis, tmp_path, place, remedy):
    place = place.replace("the store's", f"127.0.0.1:{redis.port}")
    secret = tmp_path / "secret"
    secret.write_text("the-secret-of-these-tests")
    ended = subprocess.run(
        [PADDOCK, "serve", "--port", "0", "--state", "off", "--cluster", f"redis://127.0.0.1:{redis.port}",
         "--cluster-listen", place, "--cluster-secret-file", secret], capture_output=True, text=True, timeout=30)
    assert ended.returncode == 69 and ended.stderr == f"paddock: {place} {remedy}\n"
