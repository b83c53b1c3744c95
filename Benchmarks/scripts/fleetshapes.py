# This source file is part of Paddock
# Copyright (c) 2026 The Paddock authors
# SPDX-License-Identifier: Apache-2.0

"""The 16 shapes in virtual time, for Benchmarks/scripts/fleet: the admission machine beside the model of the policy."""

import json
import math
import os
import subprocess

import harness

MODEL = [
    # Source: the model of the policy, a simulation in Python that came before the machine. Means of 5 seeds, with visits.
    # Shape, swaps per 100 requests, requests per second, the wait that 99 of 100 stay below in seconds.
    ("uniform 3, 1 loaded", 12, 0.36, 126),
    ("zipf 5, 1 loaded", 15, 0.33, 226),
    ("uniform 5, 2 loaded", 23, 0.44, 56),
    ("light load, uniform 4, 1 loaded", 75, 0.05, 22),
    ("16 GiB: embeddings, chat, code, vision", 7, 0.69, 63),
    ("agents: plan, 3 explorers, coder", 27, 0.28, 28),
    ("closed loops, a model each", 19, 0.28, 58),
    ("a hog floods the loaded model", 6, 0.45, 942),
    ("one client changes models all the time", 18, 0.34, 36),
    ("one client on 3 models, two on 1", 6, 0.44, 188),
    ("one model with two context lengths", 12, 0.33, 41),
    ("the hot model moves", 9, 0.38, 90),
    ("long jobs among short ones", 18, 0.23, 220),
    ("2 hosts, zipf 5, 2 loaded", 13, 0.78, 20),
    ("3 hosts, uniform 5, 1 loaded", 21, 0.86, 35),
    ("2 hosts, bursts on a hot model", 7, 0.55, 67),
]
SHAPES_TEST = "FiguresTests"


def measure(seeds):
    """What the machine does, as printed by the tests, which must have been built."""
    run = subprocess.run(
        ["swift", "test", "--skip-build", "--filter", SHAPES_TEST], cwd=harness.PROJECT, stdout=subprocess.PIPE,
        env=os.environ | {"PADDOCK_FLEET_SEEDS": str(seeds)}, check=True, text=True)
    lines = [json.loads(line) for line in run.stdout.splitlines() if line.startswith('{"')]
    if not lines:
        raise SystemExit(f"{SHAPES_TEST} printed nothing: build the tests first (swift build --build-tests)")
    return lines


def geometric(ratios):
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def show(lines):
    """Prints the table, and returns the figures that have an aim: name, value, relation and aim."""
    shapes = {line["shape"]: line for line in lines if "shape" in line}
    print(f"{'':40} {'swaps per 100':>22}  {'requests/s':>29}  {'p99 wait, s':>20}")
    print(f"{'shape':40} {'alone':>7} {'model':>7} {'Paddock':>6} {'alone':>7} {'model':>7} {'Paddock':>7} {'ideal':>6}"
          f" {'alone':>6} {'model':>6} {'Paddock':>7}")
    for name, swaps, rate, wait in MODEL:
        line = shapes[name]
        print(f"{name:40} {line['swaps'][0]:7.1f} {swaps:7.1f} {line['swaps'][1]:7.1f} {line['rate'][0]:7.3f} {rate:7.2f}"
              f" {line['rate'][1]:7.3f} {line['rate'][2]:6.3f} {line['p99'][0]:6.0f} {wait:6.0f} {line['p99'][1]:7.0f}")
    means = {
        "swaps of the hosts alone": (geometric([line["swaps"][1] / line["swaps"][0] for line in shapes.values()]), "<=", 0.38),
        "p99 wait of the hosts alone": (geometric([line["p99"][1] / line["p99"][0] for line in shapes.values()]), "<=", 0.46),
        "throughput if swaps were free": (geometric([line["rate"][1] / line["rate"][2] for line in shapes.values()]), ">=", 0.80),
    }
    for line in sorted((line for line in lines if "hog" in line), key=lambda line: line["hog"]):
        means[f"worst light wait in loads, hog at {line['hog']:g}/s"] = (line["longest"] / 6, "<=", 12)
    means["Jain's index, one client on 3 models"] = (shapes["one client on 3 models, two on 1"]["fairness"], ">=", 0.9)
    return [(name, *figure) for name, figure in means.items()]
