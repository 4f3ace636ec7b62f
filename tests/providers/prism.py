"""Prism, which answers as a published description says and refuses what it does not allow."""

import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRISM = ROOT / "node_modules" / ".bin" / "prism"
DESCRIPTIONS = Path(
    os.environ.get("PORTAL_PROVIDER_DESCRIPTIONS") or ROOT.parent / "shared" / "providers"
)
SECONDS_TO_START = 60


@contextmanager
def running(file_name):
    """Prism on this description, as its address; skips the test where one of the two is missing."""
    description = DESCRIPTIONS / file_name
    if not description.exists():
        pytest.skip(f"no {file_name}: set PORTAL_PROVIDER_DESCRIPTIONS to the folder that has it")
    node = shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))
    if not (node and PRISM.exists()):
        missing = "Prism is not installed: run npm ci"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    command = [node, str(PRISM), "mock", "--errors", "-h", "127.0.0.1", "-p", "0"]
    lines = queue.SimpleQueue()
    with subprocess.Popen(
        [*command, str(description)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        # Its words are read to the end, or it would stop when the pipe is full.
        reader = threading.Thread(target=lambda: [lines.put(line) for line in process.stdout])
        reader.start()
        try:
            yield _address(lines)
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # Node from PyPI is a child of its launcher
            reader.join()


def _address(lines):
    deadline = time.monotonic() + SECONDS_TO_START
    said = []
    while (left := deadline - time.monotonic()) > 0:
        try:
            said.append(lines.get(timeout=left))
        except queue.Empty:
            break
        if found := re.search(r"listening on (http://[\d.:]+)", said[-1]):
            return found[1]
    raise TimeoutError(f"Prism did not start: {''.join(said[-5:])}")
