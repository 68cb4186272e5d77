"""Runs Ember and its peers in turn, A B A B, and prints the ratios of their medians.

Each side is a process of its own that warms up, times many calls of a row, and prints the median time of one call with the
sum and the sum of magnitudes of the result. A time counts only when the results agree.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
# glibc keeps the pages of large results instead of returning them to the kernel after each.
KEPT_PAGES = {
    "MALLOC_MMAP_THRESHOLD_": "8589934592",
    "MALLOC_TRIM_THRESHOLD_": "8589934592",
    "MALLOC_TOP_PAD_": "1073741824",
}


def run(command, row, threads, environment):
    """One process: {"seconds": median of a call, "checks": [...], "work": ..., "unit": ...}."""
    variables = {**os.environ, "EMBER_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads), **environment}
    done = subprocess.run(command + [row], capture_output=True, text=True, env=variables)
    if done.returncode != 0:
        sys.exit(f"{row}: {' '.join(command)} ended with status {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def agree(a, b, tolerance):
    return len(a) == len(b) and all(abs(x - y) <= tolerance * max(1.0, abs(x), abs(y)) for x, y in zip(a, b))


def compare(ember, row, rounds, threads):
    """The entries of one row: one a peer, with the ratio peer time / Ember time (above 1: Ember is faster)."""
    sides = {
        "ember": ([ember], {}),
        "torch": ([sys.executable, str(HERE / "peers/torch_rows.py")], {}),
        "torch, kept pages": ([sys.executable, str(HERE / "peers/torch_rows.py")], KEPT_PAGES),
    }
    results = {name: [] for name in sides}
    for _ in range(rounds):
        for name, (command, environment) in sides.items():
            results[name].append(run(command, row, threads, environment))
    entries = []
    for name in sides:
        if name == "ember":
            continue
        ours, theirs = results["ember"], results[name]
        if not agree(ours[0]["checks"], theirs[0]["checks"], ours[0].get("tolerance", 1e-3)):
            sys.exit(f"{row}: results differ, Ember {ours[0]['checks']}, {name} {theirs[0]['checks']}: no time counts")
        ratios = sorted(b["seconds"] / a["seconds"] for a, b in zip(ours, theirs))
        entries.append({
            "row": row,
            "ember": statistics.median(r["seconds"] for r in ours),
            "peer": statistics.median(r["seconds"] for r in theirs),
            "peer_name": name,
            "ratio": statistics.median(ratios),
            "ratio_low": ratios[0],
            "ratio_high": ratios[-1],
            "unit": "seconds",
            "work": ours[0].get("work", 0),
            "work_unit": ours[0].get("work_unit", ""),
        })
    return entries


def duration(seconds):
    for factor, unit in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def main():
    parser = argparse.ArgumentParser(prog="./Benchmarks/compare", description=__doc__.splitlines()[0])
    parser.add_argument("ember", help=argparse.SUPPRESS)
    parser.add_argument("--only", metavar="ROW", help="rows whose name contains this text")
    parser.add_argument("--rounds", type=int, default=7, help="how often each side runs (default 7)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads each side may use")
    parser.add_argument("--json", metavar="FILE", help="write the table as JSON too")
    parser.add_argument("--quick", action="store_true", help="3 rounds")
    options = parser.parse_args()
    rows = subprocess.run([options.ember, "--list"], capture_output=True, text=True, check=True).stdout.splitlines()
    rows = [row for row in rows if not options.only or options.only in row]
    if not rows:
        sys.exit(f"no row contains {options.only!r}")
    print(f"{'row':36} {'Ember':>9} {'peer':>9} {'ratio':>6} {'spread':>12} {'rate':>14}  peer's name")
    table = []
    for row in rows:
        for entry in compare(options.ember, row, 3 if options.quick else options.rounds, options.threads):
            table.append(entry)
            rate = f"{entry['work'] / entry['ember'] / 1e9:.1f} {entry['work_unit']}" if entry["work"] else ""
            spread = f"{entry['ratio_low']:.2f}–{entry['ratio_high']:.2f}"
            print(f"{row:36} {duration(entry['ember']):>9} {duration(entry['peer']):>9} {entry['ratio']:6.2f} {spread:>12} "
                  f"{rate:>14}  {entry['peer_name']}", flush=True)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
