"""Compares the start of the same training in Ember and in PyTorch.

Adam divides a gradient by its own size, so rounding errors grow quickly: PyTorch's two memory layouts differ from each other after
50 steps too. Ember computes channels-last and is held to 1e-3 against PyTorch's channels-last; the other layout is printed beside it.
"""

import pathlib
import subprocess
import sys
import tempfile

import safetensors.torch
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent / "peers"))
import training_rows

ember, count = sys.argv[1], int(sys.argv[2])
with tempfile.TemporaryDirectory() as folder:
    weights = pathlib.Path(folder) / "weights.safetensors"
    done = subprocess.run([ember, "--losses", str(count), str(weights)], capture_output=True, text=True, check=True)
    ours = [float(line) for line in done.stdout.split()]
    initial = safetensors.torch.load_file(weights)


def difference(a, b):
    return max(abs(x - y) / abs(y) for x, y in zip(a, b))


training = training_rows.FashionTraining(channels_last=True)
expected = training.network.state_dict()
same = set(initial) == set(expected) and all(torch.equal(initial[k], expected[k]) for k in initial)
print(f"initial weights: {'equal to the last bit' if same else 'DIFFERENT'} ({len(initial)} tensors)")
theirs = training.epoch(batches=count)
other = training_rows.FashionTraining(channels_last=False).epoch(batches=count)
for i in sorted({0, 1, 2, count // 2, count - 1}):
    print(f"loss {i + 1:4}: Ember {ours[i]:.6f}, PyTorch {theirs[i]:.6f} channels-last, {other[i]:.6f} NCHW")
worst = difference(ours, theirs)
print(f"largest relative difference of {len(ours)} losses: Ember and PyTorch channels-last {worst:.2e}; "
      f"PyTorch's two layouts {difference(other, theirs):.2e}")
sys.exit(0 if same and worst <= 1e-3 and len(ours) == count else 1)
