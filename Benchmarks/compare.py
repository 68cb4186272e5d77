"""Runs Ember and its peers on the same work, in turn, and prints the ratios of their medians.

Each round starts one process a side. Row after row, each side in turn warms up, times many calls and answers with the median and
a digest of the result, while the others wait. A time counts only when the results agree. Peaks of memory are those of processes of
their own, one for each row.
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
import programs
from sides import EAGER, EMBER, OPTIONAL, sides


def agree(a, b):
    """Whether two digests are of equal results, up to the row's tolerance of the larger of an element and the mean magnitude."""
    scale = max(a["magnitude"], b["magnitude"])
    pairs = [(a["magnitude"], b["magnitude"]), *zip(a["samples"], b["samples"])]
    return a["count"] == b["count"] and all(abs(x - y) <= a["tolerance"] * max(scale, abs(x), abs(y)) for x, y in pairs)


def entry(family, row, peer, ours, theirs, peaks):
    """What is known of one row against one peer; `ratio` is peer time / Ember time: above 1, Ember is faster."""
    ratios = sorted(b["seconds"] / a["seconds"] for a, b in zip(ours, theirs))
    seconds = statistics.median(a["seconds"] for a in ours)
    ratio = statistics.median(ratios)
    work, unit = ours[0]["work"], ours[0]["work_unit"]
    share = work / seconds / peaks[unit] if unit in peaks else None
    return {
        "family": family, "row": row, "peer_name": peer, "unit": "seconds",
        "ember": seconds, "peer": statistics.median(b["seconds"] for b in theirs),
        "ratio": ratio, "ratio_low": ratios[0], "ratio_high": ratios[-1],
        "work": work, "work_unit": unit, "share": share,
        # No program can do better, but for one that needs less work, or finds its operands in a cache.
        "ratio_at_peak": ratio / share if share and share < 1 else None,
    }


def memory_entry(family, row, peer, ours, theirs):
    """The same for the most memory that a process took: above 1, Ember takes less."""
    ratio = theirs / ours
    return {"family": family, "row": f"{row}: peak memory", "peer_name": peer, "unit": "bytes", "ember": ours, "peer": theirs,
            "ratio": ratio, "ratio_low": ratio, "ratio_high": ratio}


def progress(row):
    """Shows a person which row is being measured."""
    if sys.stderr.isatty():
        print(f"\r\033[K{row}", end="", file=sys.stderr, flush=True)


class Comparison:
    """Answers by row and side, and what failed with the reason: that side is left out of the row's later rounds, without Ember all are."""

    def __init__(self, running, rows):
        self.sides = running
        self.rows = rows
        self.answers = {row: {name: [] for name in running} for row in rows}
        self.failures = {}
        self.absent = set()

    def fail(self, row, name, reason):
        self.failures[row, name] = reason
        print(f"{row}: {reason}; no time counts", file=sys.stderr, flush=True)

    def ask(self, row, name):
        """Whether the side has the row, as far as is known."""
        return not {(row, name), (row, EMBER)} & self.failures.keys() and (row, name) not in self.absent

    def round(self):
        for row in self.rows:
            progress(row)
            for name, side in self.sides.items():
                if self.ask(row, name):
                    self.take(row, name, side.measure(row))
        progress("")
        self.stop()

    def take(self, row, name, answer):
        if answer is None:
            self.fail(row, name, f"{name} ended without a result")
        elif "absent" in answer:
            self.absent.add((row, name))
        else:
            ours = answer if name == EMBER else self.answers[row][EMBER][-1]
            if agree(ours, answer):
                self.answers[row][name].append(answer)
            else:
                self.fail(row, name, f"results differ: Ember {ours['count']} elements of magnitude {ours['magnitude']:.6g}, "
                                     f"{name} {answer['count']} of {answer['magnitude']:.6g}")

    def stop(self):
        for side in self.sides.values():
            side.stop()

    def peers(self, row):
        """The sides that a row can be compared with."""
        return [name for name in self.sides if name != EMBER and self.answers[row][name] and self.ask(row, name)]

    def peak_memory(self, row):
        """The most bytes that processes of their own take for the row, by side."""
        progress(f"{row}: peak memory")
        self.stop()
        peaks = {}
        for name in [EMBER, *self.peers(row)]:
            answer = self.sides[name].measure(row)
            self.sides[name].stop()
            if answer:
                peaks[name] = answer["peak_bytes"]
        return peaks


def arguments():
    parser = argparse.ArgumentParser(prog="./Benchmarks/compare", description=__doc__.splitlines()[0])
    parser.add_argument("ember", help=argparse.SUPPRESS)
    parser.add_argument("--only", metavar="TEXT", help="rows whose name, or family's name, contains this text")
    parser.add_argument("--without", metavar="TEXT", help="leave out rows whose name contains this text, as `epoch`")
    parser.add_argument("--peers", metavar="NAMES", help=f"of {'; '.join(EAGER + OPTIONAL)}, divided by semicolons (default: all; --quick "
                        "leaves out torch.compile, which takes minutes to compile)")
    parser.add_argument("--rounds", type=int, metavar="N", help="how often each side runs (default 7)")
    parser.add_argument("--seconds", type=float, metavar="S", help="how long a side runs a row, half of it to warm up (default 0.4)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), metavar="N", help="threads each side may use (default: all)")
    parser.add_argument("--json", metavar="FILE", help="write the table as JSON too")
    parser.add_argument("--document", metavar="FILE", help="write the table as Markdown too")
    parser.add_argument("--quick", action="store_true", help="one short round: whether all rows run and agree, and a first idea")
    parser.add_argument("--list", action="store_true", help="print the rows and end")
    options = parser.parse_args()
    every = EAGER + OPTIONAL
    quick = tuple(name for name in every if name != "torch.compile")
    options.peers = [name.strip() for name in options.peers.split(";")] if options.peers else (quick if options.quick else every)
    if unknown := [name for name in options.peers if name not in every]:
        parser.error(f"no peer is called {unknown[0]}")
    options.rounds = options.rounds or (1 if options.quick else 7)
    options.seconds = options.seconds or (0.05 if options.quick else 0.4)
    return options


def machine_peaks(ember, threads):
    """What the machine does at best, by the unit of rows' rates."""
    done = subprocess.run([ember, "--peaks", str(threads)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main():
    options = arguments()
    listing = subprocess.run([options.ember, "--list"], capture_output=True, text=True, check=True).stdout.splitlines()
    families, with_memory = {}, set()
    for family, row, flag in (line.split("\t") for line in listing):
        families[row] = family
        if flag == "memory":
            with_memory.add(row)

    def wanted(row):
        family = families.get(row, programs.FAMILY)
        return (not options.only or options.only in row or options.only in family) and not (options.without and options.without in row)
    rows = [row for row in families if wanted(row)]
    if options.list:
        names = [*(f"{families[row]}: {row}" for row in rows), *(f"{programs.FAMILY}: {row}" for row in programs.ROWS if wanted(row))]
        print("\n".join(names))
        return
    peaks = machine_peaks(options.ember, options.threads)
    comparison = Comparison(sides(options.ember, str(options.seconds), options.threads, options.peers), rows)
    for number in range(options.rounds if rows else 0):
        comparison.round()
        print(f"round {number + 1} of {options.rounds} done", file=sys.stderr)
    table = []
    for row in rows:
        family, answers = families[row], comparison.answers[row]
        table += [entry(family, row, peer, answers[EMBER], answers[peer], peaks) for peer in comparison.peers(row)]
        if row in with_memory and comparison.peers(row):
            memory = comparison.peak_memory(row)
            table += [memory_entry(family, row, peer, memory[EMBER], memory[peer]) for peer in comparison.peers(row) if peer in memory]
    table += programs.entries(options.ember, options.rounds, wanted)
    if not table and not comparison.failures:
        sys.exit("no row is left to run")
    print(document.text(table, peaks))
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(table, indent=1, ensure_ascii=False) + "\n")
    if options.document:
        command = shlex.join(["./Benchmarks/compare", *sys.argv[2:]])
        run = document.Run(command, datetime.date.today().isoformat(), options.rounds, options.threads, peaks)
        pathlib.Path(options.document).write_text(document.markdown(table, comparison.failures, run))
    sys.exit(1 if comparison.failures else 0)


if __name__ == "__main__":
    main()
