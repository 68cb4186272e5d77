"""The table of `./Benchmarks/compare` as text and as Markdown."""

import itertools
import pathlib


def duration(seconds):
    for factor, unit in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def rate(entry):
    return f"{entry['work'] / entry['ember'] / 1e9:.1f} {entry['work_unit']}" if entry["work"] else ""


def spread(entry):
    return f"{entry['ratio_low']:.2f}–{entry['ratio_high']:.2f}"


def text(table):
    lines = [f"{'row':58} {'Ember':>9} {'peer':>9} {'ratio':>6} {'spread':>12} {'rate':>14}  peer's name"]
    for entry in table:
        lines.append(f"{entry['row']:58} {duration(entry['ember']):>9} {duration(entry['peer']):>9} {entry['ratio']:6.2f} "
                     f"{spread(entry):>12} {rate(entry):>14}  {entry['peer_name']}")
    return "\n".join(lines)


def processor():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]}, {len(names)} logical processors" if names else "unknown processor"


def counted(number, noun):
    return f"{number} {noun}{'' if number == 1 else 's'}"


def markdown(table, failures, command, date, rounds, threads):
    """One line a row, with the faster of PyTorch's two settings; what loses comes first."""
    by_row = [list(entries) for _, entries in itertools.groupby(table, key=lambda entry: entry["row"])]
    best = [min(entries, key=lambda entry: entry["ratio"]) for entries in by_row]
    losing = sorted((entry for entry in best if entry["ratio"] < 1), key=lambda entry: entry["ratio"])
    lines = [
        "# Benchmarks", "",
        f"Ember beside PyTorch, row by row. `{command}` wrote this page on {date}: {processor()}, "
        f"{counted(threads, 'thread')} a side, {counted(rounds, 'round')}. Other work may have shared the machine, so that single rows are "
        "noisy: the spread of the ratio over the rounds says how much.", "",
        "Each side makes the same inputs from the same seed, and a time counts only where the results agree. A ratio above 1 means that Ember "
        "is faster than the faster of PyTorch's two settings, with default and with kept pages of memory. The rate is Ember's.", "",
        f"Ember is at least as fast in {len(best) - len(losing)} of {len(best)} rows.", "",
        "## What loses", "",
        "| row | family | ratio |", "|---|---|---:|",
        *(f"| {entry['row']} | {entry['family']} | {entry['ratio']:.2f} |" for entry in losing),
    ]
    if failures:
        lines += ["", "## No time counts", "", *(f"- {row}: {reason}" for row, reason in failures.items())]
    for family, entries in itertools.groupby(best, key=lambda entry: entry["family"]):
        lines += ["", f"## {family[0].upper()}{family[1:]}", ""]
        lines += ["| row | Ember | PyTorch | ratio | spread | rate |", "|---|---:|---:|---:|---:|---:|"]
        for e in entries:
            cells = [e["row"], duration(e["ember"]), duration(e["peer"]), f"{e['ratio']:.2f}", spread(e), rate(e)]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
