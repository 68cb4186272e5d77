"""onnxruntime's side: the rows of `inference`, exported by PyTorch. `onnx_rows.py SECONDS` speaks as torch_rows.py does."""

import contextlib
import logging
import os
import pathlib
import sys
import tempfile
import warnings

import onnxruntime
import torch

import attention_rows, network_rows  # noqa: E401, F401
from measurement import answer, serve
from rows import EXPORTS


def session(module, x):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "network.onnx"
        # Standard output is for answers.
        with warnings.catch_warnings(action="ignore"), contextlib.redirect_stdout(sys.stderr):
            torch.onnx.export(module, (x,), path, input_names=["x"], dynamo=True, verbose=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS", 0))
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def measure(name, duration):
    if name not in EXPORTS:
        return None
    make, shape = EXPORTS[name]
    torch.manual_seed(0)
    module, x = make().eval(), torch.randn(shape)
    network, inputs = session(module, x), {"x": x.numpy()}
    return answer(lambda: torch.from_numpy(network.run(None, inputs)[0]), duration)


if __name__ == "__main__":
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    # PyTorch's fused attention layers have no form in ONNX.
    torch.backends.mha.set_fastpath_enabled(False)
    serve(lambda name: measure(name, float(sys.argv[1])))
