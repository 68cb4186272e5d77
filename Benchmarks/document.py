"""The table of `./Benchmarks/compare` as text and as Markdown."""

import collections
import itertools
import pathlib

from sides import EAGER, OPTIONAL

# What the page says of a run: the command, the day, rounds, threads a side, and what the machine does at best.
Run = collections.namedtuple("Run", "command date rounds threads peaks")


def duration(seconds):
    for factor, unit in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def amount(value, unit):
    return duration(value) if unit == "seconds" else f"{value / 1e6:,.0f} MB"


def rate(entry):
    if not entry.get("work"):
        return ""
    unit, each = entry["work_unit"], entry["work"] / entry["ember"]
    return f"{each / 1e9:.1f} {unit}" if unit.startswith("G") else f"{each:,.0f} {unit}"


def share(entry):
    return f"{entry['share']:.0%}" if entry.get("share") else ""


def at_peak(entry):
    return f"{entry['ratio_at_peak']:.2f}" if entry.get("ratio_at_peak") else ""


def spread(entry):
    return f"{entry['ratio_low']:.2f}–{entry['ratio_high']:.2f}"


def best(peaks):
    return f"{peaks['GFLOP/s'] / 1e9:.0f} GFLOP/s of float32 multiplication with addition and {peaks['GB/s'] / 1e9:.1f} GB/s of memory"


def text(table, peaks):
    lines = [f"{'row':58} {'Ember':>9} {'peer':>9} {'ratio':>6} {'spread':>12} {'rate':>14} {'share':>5} {'at peak':>7}  peer's name"]
    for entry in table:
        ours, theirs = amount(entry["ember"], entry["unit"]), amount(entry["peer"], entry["unit"])
        lines.append(f"{entry['row']:58} {ours:>9} {theirs:>9} {entry['ratio']:6.2f} {spread(entry):>12} {rate(entry):>14} "
                     f"{share(entry):>5} {at_peak(entry):>7}  {entry['peer_name']}")
    lines.append(f"This machine does {best(peaks)} at best: the share is of that.")
    return "\n".join(lines)


def processor():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]}, {len(names)} logical processors" if names else "unknown processor"


def counted(number, noun):
    return f"{number} {noun}{'' if number == 1 else 's'}"


def markdown(table, failures, run):
    """One line a row, with the faster of PyTorch's two settings; what loses comes first."""
    by_row = [list(entries) for _, entries in itertools.groupby(table, key=lambda entry: entry["row"])]
    eager = [min((entry for entry in entries if entry["peer_name"] in EAGER), key=lambda entry: entry["ratio"], default=entries[0])
             for entries in by_row]
    ratios = {(entry["row"], entry["peer_name"]): entry["ratio"] for entry in table}
    losing = sorted((entry for entry in table if entry["ratio"] < 1 and (entry in eager or entry["peer_name"] in OPTIONAL)),
                    key=lambda entry: entry["ratio"])
    ahead = sum(entry["ratio"] >= 1 for entry in eager)
    lines = [
        "# Benchmarks", "",
        f"Ember beside PyTorch, row by row. `{run.command}` wrote this page on {run.date}: {processor()}, "
        f"{counted(run.threads, 'thread')} a side, {counted(run.rounds, 'round')}. Other work may have shared the machine, so that single "
        "rows are noisy: the spread of the ratio over the rounds says how much.", "",
        "Each side makes the same inputs from the same seed, and a time counts only where the results agree. A ratio above 1 means that "
        "Ember is faster, or takes less memory, than the better of PyTorch's two settings, with default and with kept pages of memory. The "
        f"rate is Ember's, the share that of what the machine does at best: {best(run.peaks)}, measured by the same command; above 100 % "
        "caches help. *At peak* is the ratio that Ember would have at that best: where it is not far above the ratio, nothing is left to gain by "
        "doing the same work faster. The last columns are the ratios to torch.compile and onnxruntime, where they have the row. How the engine works, and "
        "how to find out what a step spends its time on: [Performance.md](Performance.md).", "",
        f"Ember is at least as fast as eager PyTorch in {ahead} of {len(eager)} rows.", "",
        "## What loses", "",
        "| row | family | peer | ratio |", "|---|---|---|---:|",
        *(f"| {entry['row']} | {entry['family']} | {entry['peer_name']} | {entry['ratio']:.2f} |" for entry in losing),
    ]
    if failures:
        lines += ["", "## No time counts", "", *(f"- {row}: {reason}" for (row, _), reason in failures.items())]
    for family, entries in itertools.groupby(eager, key=lambda entry: entry["family"]):
        lines += ["", f"## {family[0].upper()}{family[1:]}", ""]
        titles = ["row", "Ember", "PyTorch", "ratio", "spread", "rate", "share", "at peak", *OPTIONAL]
        lines += [f"| {' | '.join(titles)} |", "|---|" + "---:|" * (len(titles) - 1)]
        for e in entries:
            times = [amount(e[side], e["unit"]) for side in ("ember", "peer")]
            others = [f"{ratios[e['row'], name]:.2f}" if (e["row"], name) in ratios else "" for name in OPTIONAL]
            cells = [e["row"], *times, f"{e['ratio']:.2f}", spread(e), rate(e), share(e), at_peak(e), *others]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
