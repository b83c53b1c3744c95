"""A cluster under faults: `python3 Tests/cluster --minutes 2 --members 3 [--store redis|etcd] [--seed N]`.

Members of one cluster, the store where they find each other, one backend that counts what really runs on it at every instant, and eight
clients in closed loops, one of them with 32 requests at once on one member. Processes are killed, stopped for seconds, upgraded and cut off
from each other, all from one seed. Exit status 1 if a rule was broken. With `--crowd 10000 --members 16` so many requests wait at once.
"""
import argparse
import asyncio
import os
import random
import sys

import crowd
import places
import world


def arguments():
    parser = argparse.ArgumentParser(prog="cluster")
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--members", type=int, default=3)
    parser.add_argument("--store", choices=("redis", "etcd"), default="redis")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--binary", default=os.environ.get("PADDOCK", ".build/debug/paddock"))
    parser.add_argument("--folder", default=".build/cluster", help="for logs, configurations and state")
    parser.add_argument("--limit", type=int, default=4, help="requests that the backend may run at once")
    parser.add_argument("--lease", type=float, default=1.0, help="seconds; the store's times are a multiple of it")
    parser.add_argument("--grace", type=float, default=12.0, help="seconds; no fault takes longer")
    parser.add_argument("--faults", default="", help="only these, to narrow a failure down: kill, freeze, upgrade, store-lost, store-frozen, "
                        "cut, isolate, store-cut, unseen")
    parser.add_argument("--stateless", action="store_true",
                        help="members keep nothing over restarts; with --faults kill,upgrade,store-lost, as a member that hangs or is cut off then is unknown")
    parser.add_argument("--every", type=float, default=None, metavar="SECONDS",
                        help="a fault so often, and the slots have to be used well; by default the next one comes soon after all is well again")
    parser.add_argument("--crowd", type=int, default=0, metavar="REQUESTS",
                        help="no faults but one: so many requests wait, and the coordinator is killed; with --members 16 --limit 64 --lease 2")
    parser.add_argument("--links", choices=("auto", "namespaces", "proxies"), default="auto",
                        help="how members are cut off from each other; auto takes network namespaces if the machine allows them")
    options = parser.parse_args()
    options.seed = random.SystemRandom().randrange(1_000_000) if options.seed is None else options.seed
    options.binary, options.folder = os.path.abspath(options.binary), os.path.abspath(options.folder)
    os.makedirs(options.folder, exist_ok=True)
    return options


def main():
    options = arguments()
    # Network namespaces of its own, which are gone with this process. Everything below runs inside.
    if options.links != "proxies" and places.enter_namespace(options.seed, required=options.links == "namespaces"):
        options.links = "namespaces"
    else:
        options.links = "proxies"
    print(f"cluster: seed {options.seed}, {options.minutes:g} minutes, {options.members} members, {options.store}, {options.links}, "
          f"{options.binary}", flush=True)
    try:
        ledger = asyncio.run((crowd.Crowd if options.crowd else world.World)(options).run())
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    if ledger.violations:
        print()
        for rule, count in ledger.violations.most_common():
            print(f"VIOLATED {count} times: {rule}")
            for example in ledger.examples[rule]:
                print(f"    {example}")
        print(f"\nLogs are in {options.folder}. To repeat, as far as timing lets: python3 Tests/cluster --minutes {options.minutes:g} "
              f"--members {options.members} --store {options.store} --seed {options.seed}")
        return 1
    print("\nno rule was broken")
    return 0


if __name__ == "__main__":
    sys.exit(main())
