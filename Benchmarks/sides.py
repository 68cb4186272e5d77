"""The processes that are compared: Ember's and each peer's, which speak the same protocol over pipes."""

import json
import os
import pathlib
import subprocess
import sys

PEERS = pathlib.Path(__file__).parent / "peers"
# glibc keeps the pages of large results instead of returning them to the kernel after each.
KEPT_PAGES = {
    "MALLOC_MMAP_THRESHOLD_": "8589934592",
    "MALLOC_TRIM_THRESHOLD_": "8589934592",
    "MALLOC_TOP_PAD_": "1073741824",
}
EMBER = "ember"
# PyTorch as most people run it, in both settings of pages. The others have only some of the rows.
EAGER = ("torch", "torch, kept pages")
OPTIONAL = ("torch.compile", "onnxruntime")


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


def sides(ember, seconds, threads, peers):
    """Ember's side and those of `peers`, by name."""
    def script(name, *options):
        return [sys.executable, str(PEERS / name), seconds, *options]
    # torch.compile keeps its pages too: its best setting.
    every = {
        "torch": Side(script("torch_rows.py"), threads, {}),
        "torch, kept pages": Side(script("torch_rows.py"), threads, KEPT_PAGES),
        "torch.compile": Side(script("torch_rows.py", "--compile"), threads, KEPT_PAGES),
        "onnxruntime": Side(script("onnx_rows.py"), threads, {}),
    }
    return {EMBER: Side([ember, "--serve", seconds], threads, {}), **{name: every[name] for name in peers}}
