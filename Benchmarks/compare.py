"""Runs Ember and its peers on the same work, in turn, and prints the ratios of their medians.

Each round starts one process a side. Row after row, each side in turn warms up, times many calls and answers with the median and
a digest of the result, while the others wait. A time counts only when the results agree.
"""

import argparse
import datetime
import json
import os
import pathlib
import shlex
import statistics
import subprocess
import sys

import document

HERE = pathlib.Path(__file__).parent
# glibc keeps the pages of large results instead of returning them to the kernel after each.
KEPT_PAGES = {
    "MALLOC_MMAP_THRESHOLD_": "8589934592",
    "MALLOC_TRIM_THRESHOLD_": "8589934592",
    "MALLOC_TOP_PAD_": "1073741824",
}


class Side:
    """A process that measures the rows it is told. One that ends is started again for the next row."""

    def __init__(self, command, threads, environment):
        self.command = command
        self.environment = {**os.environ, "EMBER_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads), **environment}
        self.process = None

    def measure(self, row):
        """The side's answer, or None where it ended without one."""
        if self.process is None:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self.environment)
        try:
            self.process.stdin.write(row + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if line:
            return json.loads(line)
        self.stop()
        return None

    def stop(self):
        if self.process is not None:
            self.process.communicate()
            self.process = None


def agree(a, b):
    """Whether two digests are of equal results, up to the row's tolerance of the larger of an element and the mean magnitude."""
    scale = max(a["magnitude"], b["magnitude"])
    pairs = [(a["magnitude"], b["magnitude"]), *zip(a["samples"], b["samples"])]
    return a["count"] == b["count"] and all(abs(x - y) <= a["tolerance"] * max(scale, abs(x), abs(y)) for x, y in pairs)


def entry(family, row, peer, ours, theirs):
    """What is known of one row against one peer; `ratio` is peer time / Ember time: above 1, Ember is faster."""
    ratios = sorted(b["seconds"] / a["seconds"] for a, b in zip(ours, theirs))
    return {
        "family": family, "row": row, "peer_name": peer, "unit": "seconds",
        "ember": statistics.median(a["seconds"] for a in ours), "peer": statistics.median(b["seconds"] for b in theirs),
        "ratio": statistics.median(ratios), "ratio_low": ratios[0], "ratio_high": ratios[-1],
        "work": ours[0]["work"], "work_unit": ours[0]["work_unit"],
    }


def measure(sides, rows, rounds):
    """Answers by row and side, and the rows that failed with the reason. Rows that fail are left out of later rounds."""
    answers = {row: {name: [] for name in sides} for row in rows}
    failures = {}
    for number in range(rounds):
        for row in rows:
            if row in failures:
                continue
            for name, side in sides.items():
                answer = side.measure(row)
                if answer is None:
                    failures[row] = f"{name} ended without a result"
                    break
                answers[row][name].append(answer)
                ours = answers[row]["ember"][-1]
                if not agree(ours, answer):
                    failures[row] = (f"results differ: Ember {ours['count']} elements of magnitude {ours['magnitude']:.6g}, "
                                     f"{name} {answer['count']} of {answer['magnitude']:.6g}")
                    break
            if row in failures:
                print(f"{row}: {failures[row]}; no time counts", file=sys.stderr, flush=True)
        for side in sides.values():
            side.stop()
        print(f"round {number + 1} of {rounds} done", file=sys.stderr)
    return answers, failures


def main():
    parser = argparse.ArgumentParser(prog="./Benchmarks/compare", description=__doc__.splitlines()[0])
    parser.add_argument("ember", help=argparse.SUPPRESS)
    parser.add_argument("--only", metavar="TEXT", help="rows whose name, or family's name, contains this text")
    parser.add_argument("--without", metavar="TEXT", help="leave out rows whose name contains this text, as `epoch`")
    parser.add_argument("--rounds", type=int, metavar="N", help="how often each side runs (default 7)")
    parser.add_argument("--seconds", type=float, metavar="S", help="how long a side runs a row, half of it to warm up (default 0.4)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), metavar="N", help="threads each side may use (default: all)")
    parser.add_argument("--json", metavar="FILE", help="write the table as JSON too")
    parser.add_argument("--document", metavar="FILE", help="write the table as Markdown too")
    parser.add_argument("--quick", action="store_true", help="one short round: whether all rows run and agree, and a first idea")
    parser.add_argument("--list", action="store_true", help="print the rows and end")
    options = parser.parse_args()
    listing = subprocess.run([options.ember, "--list"], capture_output=True, text=True, check=True).stdout.splitlines()
    families = {row: family for family, row in (line.split("\t") for line in listing)}
    rows = [row for row, family in families.items() if not options.only or options.only in row or options.only in family]
    rows = [row for row in rows if not options.without or options.without not in row]
    if not rows:
        sys.exit("no row is left to run")
    if options.list:
        print("\n".join(f"{families[row]}: {row}" for row in rows))
        return
    rounds = options.rounds or (1 if options.quick else 7)
    seconds = str(options.seconds or (0.05 if options.quick else 0.4))
    peer = [sys.executable, str(HERE / "peers/torch_rows.py"), seconds]
    sides = {
        "ember": Side([options.ember, "--serve", seconds], options.threads, {}),
        "torch": Side(peer, options.threads, {}),
        "torch, kept pages": Side(peer, options.threads, KEPT_PAGES),
    }
    answers, failures = measure(sides, rows, rounds)
    table = [
        entry(families[row], row, name, answers[row]["ember"], answers[row][name])
        for row in rows if row not in failures for name in sides if name != "ember"
    ]
    print(document.text(table))
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(table, indent=1, ensure_ascii=False) + "\n")
    if options.document:
        command = shlex.join(["./Benchmarks/compare", *sys.argv[2:]])
        today = datetime.date.today().isoformat()
        pathlib.Path(options.document).write_text(document.markdown(table, failures, command, today, rounds, options.threads))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
