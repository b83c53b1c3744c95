"""Kills a gateway again and again: `python3 Tests/kills --rounds 100 [--seed N]`.

Requests, operators and batch jobs at work, `kill -9` at any moment, and a ledger outside: what was acknowledged has to be there after
the next start, once. Exit status 1 if it is not.
"""
import argparse
import os
import pathlib
import random
import sys
import tempfile
import time
from collections import Counter
import json

import gateway as gateways
import ledger as ledgers
import rounds


class World:
    """A folder that outlives the gateways on it, and one host behind them."""

    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.state = folder / "state"
        self.database = self.state / "paddock.db"
        self.ledger = ledgers.Ledger()
        self.host = gateways.Process(
            options.binary, "sim", "--port", "0", "--load-time", "0", "--decode-rate", "2000",
            "--tokens", "4", "--max-loaded-models", "3", log=folder / "sim.log")

    def start(self):
        return gateways.Process(
            self.options.binary, "serve", "--port", "0", "--backend", f"http://127.0.0.1:{self.host.port}",
            "--access-log", "off", log=self.folder / "serve.log", PADDOCK_STATE=str(self.state))

    def begin(self):
        gateway = self.start()
        key = gateway.read("POST", "/admin/keys/add", {"name": rounds.BATCH_CLIENT})["key"]
        self.ledger.keys[rounds.BATCH_CLIENT] = key
        gateway.kill()

    def finish(self):
        """Without kills every job ends, with each of its lines once."""
        last = rounds.Round(self, "last")
        last.check_integrity()
        gateway = last.gateway = self.start()
        last.check_store()
        end = time.monotonic() + 300
        while not all(batch["done"] for batch in self.ledger.batches.values()) and time.monotonic() < end:
            last.note_done()
            time.sleep(0.1)
        for name, batch in self.ledger.batches.items():
            self.check_batch(gateway, name, batch)
        gateway.kill()

    def check_batch(self, gateway, name, batch):
        key = self.ledger.keys[rounds.BATCH_CLIENT]
        status = gateway.read("GET", f"/v1/batches/{name}", key=key)
        if not batch["done"]:
            return self.ledger.violated(f"{name} does not end: {status}")
        found = Counter()
        for file in (status["output_file_id"], status["error_file_id"]):
            if file:
                _, content = gateway.ask("GET", f"/v1/files/{file}/content", key=key)
                found.update(json.loads(line)["custom_id"] for line in content.splitlines())
        if found != Counter(batch["ids"]):
            wrong = {one: found[one] for one in set(found) | set(batch["ids"]) if found[one] != 1}
            self.ledger.violated(f"{name} has lines that are not there once: {dict(list(wrong.items())[:5])}")
        if status["request_counts"] != {"total": len(batch["ids"]), "completed": len(batch["ids"]), "failed": 0}:
            self.ledger.violated(f"{name} counts {status['request_counts']} of {len(batch['ids'])}")


def main():
    parser = argparse.ArgumentParser(prog="kills")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--binary", default=os.environ.get("PADDOCK", ".build/debug/paddock"))
    options = parser.parse_args()
    options.seed = random.SystemRandom().randrange(1_000_000) if options.seed is None else options.seed
    options.binary = os.path.abspath(options.binary)
    print(f"kills: seed {options.seed}, {options.rounds} rounds, {options.binary}", flush=True)
    with tempfile.TemporaryDirectory(prefix="paddock-kills-") as folder:
        world = World(options, pathlib.Path(folder))
        try:
            world.begin()
            for number in range(options.rounds):
                rounds.Round(world, number).run()
            world.finish()
        finally:
            world.host.kill()
        ledger = world.ledger
        print(f"{sum(ledger.sent.values())} requests counted, {len(ledger.keys)} clients, {len(ledger.files)} files, "
              f"{len(ledger.batches)} jobs with {sum(len(batch['ids']) for batch in ledger.batches.values())} requests; "
              f"{len(ledger.violations)} violations")
        if ledger.violations:
            print((pathlib.Path(folder) / "serve.log").read_text(encoding="utf-8")[-4000:], file=sys.stderr)
    return 1 if ledger.violations else 0


if __name__ == "__main__":
    sys.exit(main())
