"""Chaos around a gateway: `python3 Tests/chaos --minutes 2 [--seed N]`.

Clients that leave anywhere, backends that break off, stall, talk nonsense and restart, and operators that change limits, all from
one seed. Exit status 1 where a rule was broken.
"""
import argparse
import asyncio
import collections
import os
import random
import sys

import plans
import world


def chosen(text, weights):
    return {name: weights[name] for name in text.split(",")} if text else weights


def arguments():
    parser = argparse.ArgumentParser(prog="chaos")
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--binary", default=os.environ.get("PADDOCK", ".build/debug/paddock"))
    parser.add_argument("--folder", default=".build/chaos", help="for logs and configurations")
    parser.add_argument("--workers", type=int, default=60, help="connections at once, for each gateway")
    parser.add_argument("--backend-plans", default="", help="only these, to narrow a failure down: " + ",".join(plans.BACKEND_PLANS))
    parser.add_argument("--client-plans", default="", help="only these: " + ",".join(plans.CLIENT_PLANS))
    parser.add_argument("--worlds", default="open,guarded")
    parser.add_argument("--no-operations", dest="operations", action="store_false", help="no reloads, limits, cancels and restarts")
    options = parser.parse_args()
    options.seed = random.SystemRandom().randrange(1_000_000) if options.seed is None else options.seed
    options.binary, options.folder = os.path.abspath(options.binary), os.path.abspath(options.folder)
    options.backend_plans = chosen(options.backend_plans, plans.BACKEND_PLANS)
    options.client_plans = chosen(options.client_plans, plans.CLIENT_PLANS)
    os.makedirs(options.folder, exist_ok=True)
    return options


async def run(options):
    worlds = [world.World(kind[0], kind, options) for kind in options.worlds.split(",")]
    await asyncio.gather(*(each.run(options.minutes * 60) for each in worlds))
    return worlds


def main():
    options = arguments()
    print(f"chaos: seed {options.seed}, {options.minutes:g} minutes, {options.binary}", flush=True)
    try:
        worlds = asyncio.run(run(options))
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    violations = collections.Counter()
    for each in worlds:
        ledger = each.ledger
        print(f"\n{each.kind}: {len(ledger.requests)} requests; at rest {ledger.rest}")
        for outcome, count in sorted(ledger.outcomes.items(), key=lambda item: -item[1]):
            print(f"  {count:8} {outcome}")
        for rule, count in ledger.violations.most_common():
            print(f"  VIOLATED {count} times: {rule}")
            for example in ledger.examples[rule]:
                print(f"      {example}")
        violations += ledger.violations
    if violations:
        print(f"\nLogs are in {options.folder}. To repeat, as far as timing lets:")
        print(f"  make chaos MINUTES={options.minutes:g} SEED={options.seed}")
        return 1
    print("\nno rule was broken")
    return 0


sys.exit(main())
