"""What the original programs write and read, for the tests of EmberFormats.

    python peer.py fixtures FOLDER       writes the recorded files of the tests into FOLDER
    python peer.py write FORMAT FILE     writes a file as the original program does, and prints what is in it
    python peer.py read FORMAT FILE      prints what the original program reads from a file

What is in a file is printed as JSON: {name: {"dtype", "shape", "bytes"}}, the bytes in hexadecimal, row-major, little-endian.
Needs numpy, torch, safetensors and gguf.
"""
import collections
import json
import pathlib
import sys

import numpy
import torch


def described(tensors):
    result = {}
    for name, value in tensors.items():
        tensor = value if isinstance(value, torch.Tensor) else torch.from_numpy(numpy.array(value))
        tensor = tensor.detach().resolve_conj().contiguous()
        raw = tensor.reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b""
        result[name] = {"dtype": str(tensor.dtype).removeprefix("torch."), "shape": list(tensor.shape), "bytes": raw.hex()}
    return result


def sample(dtype, shape, seed=0):
    """Bytes that mean something in every type: small numbers, no NaN."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.randint(-9, 10, shape, generator=generator)
    if dtype == torch.bool:
        return values > 0
    if not dtype.is_signed:
        values = values.abs()
    if dtype.is_complex:
        return torch.complex(values.double(), -values.double() / 4).to(dtype)
    return (values.double() / 4).to(dtype) if dtype.is_floating_point else values.to(dtype)


SIMPLE = [torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.bfloat16,
          torch.float32, torch.float64]
RARE = [torch.uint16, torch.uint32, torch.uint64, torch.complex64, torch.float8_e4m3fn, torch.float8_e5m2]


# MARK: safetensors

def write_safetensors(path):
    import safetensors.torch
    tensors = {str(d).removeprefix("torch."): sample(d, (2, 3), i) for i, d in enumerate(SIMPLE + RARE)}
    tensors |= {"scalar": torch.tensor(2.5), "empty": torch.zeros(0, 4, dtype=torch.int16), "äöü.weight": torch.arange(3)}
    safetensors.torch.save_file(tensors, path, metadata={"format": "pt"})
    return tensors


def read_safetensors(path):
    import safetensors.torch
    return safetensors.torch.load_file(path)


# MARK: sharded safetensors

def write_sharded(path):
    from huggingface_hub import save_torch_state_dict
    tensors = collections.OrderedDict((f"layer.{i}.weight", sample(torch.float32, (i + 1, 4), i)) for i in range(6))
    save_torch_state_dict(tensors, pathlib.Path(path).parent, max_shard_size=128)
    return tensors


def read_sharded(path):
    import safetensors.torch
    folder = pathlib.Path(path).parent
    index = json.loads(pathlib.Path(path).read_text())
    return {n: safetensors.torch.load_file(folder / f)[n] for n, f in index["weight_map"].items()}


# MARK: NumPy

def numpy_arrays():
    arrays = {str(d).removeprefix("torch."): sample(d, (2, 3), i).numpy() for i, d in enumerate(SIMPLE + RARE[:4])
              if d != torch.bfloat16}
    arrays["complex128"] = sample(torch.complex128, (2, 3)).numpy()
    for name in ["int16", "uint32", "int64", "float16", "float32", "float64", "complex64"]:
        arrays["big." + name] = arrays[name].astype(arrays[name].dtype.newbyteorder(">"))
    arrays["fortran"] = numpy.asfortranarray(arrays["float32"])
    arrays["fortran.big"] = numpy.asfortranarray(arrays["big.int16"])
    arrays["cube"] = numpy.arange(24, dtype="f4").reshape(2, 3, 4).transpose(2, 1, 0)
    return arrays | {"scalar": numpy.float64(2.5), "empty": numpy.zeros((0, 4), "i2"), "one": numpy.ones((1, 1), "f4")}


def native(arrays):
    return {n: numpy.ascontiguousarray(a.astype(a.dtype.newbyteorder("="))).reshape(a.shape) for n, a in arrays.items()}


def write_npz(path):
    numpy.savez(path, **numpy_arrays())
    return native(numpy_arrays())


def write_packed_npz(path):
    numpy.savez_compressed(path, **numpy_arrays())
    return native(numpy_arrays())


def write_npy(path):
    array = numpy_arrays()["cube"]
    numpy.save(path, array)
    return native({"arr_0": array})


def write_native_npz(path):
    """Only arrays in the form in which Ember would write them itself."""
    arrays = {n: a for n, a in numpy_arrays().items() if "big" not in n and not n.startswith(("uint16", "uint32", "uint64", "complex"))}
    numpy.savez(path, **arrays)
    return native(arrays)


def read_npz(path):
    return native(dict(numpy.load(path)))


def read_npy(path):
    return native({"arr_0": numpy.load(path)})


WRITERS = {"safetensors": write_safetensors, "sharded": write_sharded, "npz": write_npz, "packed npz": write_packed_npz, "native npz": write_native_npz,
           "npy": write_npy}
READERS = {"safetensors": read_safetensors, "sharded": read_sharded, "npz": read_npz, "packed npz": read_npz, "npy": read_npy}
FIXTURES = {"safetensors": "types.safetensors", "npz": "arrays.npz", "packed npz": "packed.npz", "npy": "fortran.npy",
            "native npz": "native.npz"}


def main():
    command, *arguments = sys.argv[1:]
    if command == "fixtures":
        folder = pathlib.Path(arguments[0])
        for name, file in FIXTURES.items():
            content = described(WRITERS[name](str(folder / file)))
            (folder / f"{file}.json").write_text(json.dumps(content, indent=0))
    elif command == "write":
        print(json.dumps(described(WRITERS[arguments[0]](arguments[1]))))
    elif command == "read":
        print(json.dumps(described(READERS[arguments[0]](arguments[1]))))


main()
