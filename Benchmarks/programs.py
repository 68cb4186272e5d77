"""What a program costs before it computes anything: its start, and its place on a disk."""

import importlib.metadata
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

FAMILY = "programs"
START = "process start to first printed result"
INSTALLED = "size on disk of what must be installed"
ROWS = (START, INSTALLED)
# What every Linux has: glibc, the compilers' run-time and zlib count for nobody, nor does Python itself.
BASE = re.compile(r"(ld-linux|libc|libm|libdl|libpthread|librt|libutil|libgcc_s|libstdc\+\+|libz|linux-vdso)[.-]")


def seconds(command):
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def start(ember, rounds):
    """Times of both sides, in turn; each prints the sum of a thousand ones."""
    theirs = [sys.executable, "-c", "import torch; print(torch.ones(1000).sum().item())"]
    ours = [ember, "--first-result"]
    for command in (ours, theirs):
        seconds(command)
    return [(seconds(ours), seconds(theirs)) for _ in range(max(rounds, 3))]


def linked_bytes(program):
    """The program, without what only debuggers read, and the shared libraries that it needs beyond a base system."""
    listing = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    paths = {os.path.realpath(path) for path in re.findall(r"=> (/\S+)", listing) if not BASE.match(pathlib.Path(path).name)}
    with tempfile.NamedTemporaryFile() as stripped:
        subprocess.run(["strip", "-o", stripped.name, program], check=True)
        return sum(os.path.getsize(path) for path in [stripped.name, *paths])


def distribution_bytes(name, seen):
    """A Python distribution and all that it requires."""
    name = re.sub(r"[-_.]+", "-", name).lower()
    if name in seen:
        return 0
    seen.add(name)
    try:
        distribution = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return 0
    files = (distribution.locate_file(file) for file in distribution.files or [])
    own = sum(os.path.getsize(file) for file in files if os.path.isfile(file))
    required = (re.match(r"[\w.-]+", text)[0] for text in distribution.requires or [] if "extra ==" not in text)
    return own + sum(distribution_bytes(other, seen) for other in required)


def entries(ember, rounds, wanted):
    """The rows of this family whose names `wanted` accepts, as compare.py's `entry` makes them."""
    table = []

    def add(row, unit, pairs):
        ratios = sorted(theirs / ours for ours, theirs in pairs)
        table.append({
            "family": FAMILY, "row": row, "peer_name": "torch", "unit": unit,
            "ember": statistics.median(ours for ours, _ in pairs), "peer": statistics.median(theirs for _, theirs in pairs),
            "ratio": statistics.median(ratios), "ratio_low": ratios[0], "ratio_high": ratios[-1],
        })
    if wanted(START):
        add(START, "seconds", start(ember, rounds))
    if wanted(INSTALLED):
        seen = set()
        add(INSTALLED, "bytes", [(linked_bytes(ember), sum(distribution_bytes(name, seen) for name in ("torch", "numpy")))])
    return table
