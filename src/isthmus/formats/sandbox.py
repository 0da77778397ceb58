"""The parent's side of reading: one warm reader process under limits, replaced when it dies or is worn."""

from __future__ import annotations

import atexit
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from isthmus.errors import ModelError, Where
from isthmus.formats.messages import frame, refusal_from_json

MEMORY: Final = 2 * 1024**3
SECONDS: Final = 60.0
# Of processor time: what every file has, and what each million bytes of it adds.
_CPU_SECONDS: Final = 10.0
_CPU_SECONDS_PER_MEGABYTE: Final = 10.0
_READS_PER_PROCESS: Final = 200
_LARGEST_ANSWER: Final = 1024**3
_CHUNK: Final = 1 << 16


class Reader:
    """One reader process, started when first needed.

    Thread-safe; a forked child starts a process of its own. A crash, a timeout or an answer that is none
    becomes a `ModelError`.
    """

    def __init__(self, memory: int = MEMORY, seconds: float = SECONDS) -> None:
        self.memory = memory
        self.seconds = seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._reads = 0

    def ask(self, verb: str, data: bytes, file: str = "") -> dict[str, Any]:
        """The process' answer to one request; its refusals are raised here."""
        return self.ask_verbatim(verb, data, file)[0]

    def ask_verbatim(self, verb: str, data: bytes, file: str = "") -> tuple[dict[str, Any], bytes]:
        """(answer, the JSON text that it came in); refusals are raised as in `ask`."""
        with self._lock:
            answer, text = self._exchange(verb, data, file)
        if "refusal" in answer:
            raise refusal_from_json(answer["refusal"])
        return answer, text

    def warm(self, libraries: Sequence[str] = ()) -> None:
        """Start the process, if it does not run, and let it load some libraries until the first request."""
        with self._lock:
            self._running(libraries)

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()

    def _exchange(self, verb: str, data: bytes, file: str) -> tuple[dict[str, Any], bytes]:
        process = self._running()
        is_warm = self._reads > 0
        self._reads += 1
        seconds = min(self.seconds, _CPU_SECONDS + 1e-6 * _CPU_SECONDS_PER_MEGABYTE * len(data))
        request = {"verb": verb, "file": file, "bytes": len(data), "seconds": seconds}
        conversation = _Conversation(process, time.monotonic() + self.seconds)
        try:
            conversation.send(frame(request) + data)
            return conversation.receive()
        except TimeoutError:
            self.close()
            raise _timeout(self.seconds, data, file) from None
        except (BrokenPipeError, EOFError, ValueError):
            self.close()
            if process.returncode == -signal.SIGXCPU:
                raise _timeout(seconds, data, file) from None
            if not is_warm:
                raise _crash(process.returncode, file) from None
        except BaseException:
            # An interrupted conversation leaves an answer in the pipe that the next request would get.
            self.close()
            raise
        # An earlier file or the system may have ended a warm process: the file deserves a fresh one.
        return self._exchange(verb, data, file)

    def _running(self, libraries: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        if self._owner != os.getpid():
            self._process, self._owner = None, os.getpid()
        if self._process is not None and (
            self._process.poll() is not None or self._reads >= _READS_PER_PROCESS
        ):
            self.close()
        if self._process is None:
            self._process = _start(self.memory, libraries)
            self._reads = 0
        return self._process


def _timeout(seconds: float, data: bytes, file: str) -> ModelError:
    found = f"a file that takes longer than {seconds:.3g} s to read"
    is_xml = data[:100].lstrip().startswith((b"<", b"\xef\xbb\xbf<"))
    advice = "" if is_xml else "write it as SBML: the time for Antimony grows with the square of its length"
    return ModelError(
        "E-READER-TIMEOUT", found, needed="a smaller or simpler file", advice=advice, where=Where(file)
    )


def _crash(code: int | None, file: str) -> ModelError:
    ended = f"signal {-code}" if code is not None and code < 0 and code != -9 else "its limits"
    found = f"a file that ends the reader process ({ended})"
    return ModelError("E-READER-CRASH", found, needed="ordinary SBML or Antimony", where=Where(file))


def _start(memory: int, libraries: Sequence[str]) -> subprocess.Popen[bytes]:
    package_root = str(Path(__file__).resolve().parents[2])
    paths = [package_root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    # -P: nothing in the working directory may stand in for a library.
    command = [sys.executable, "-P", "-m", "isthmus.formats.child", str(memory), *libraries]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        start_new_session=True,
    )
    for stream in (process.stdin, process.stdout):
        assert stream is not None
        os.set_blocking(stream.fileno(), False)
    return process


class _Conversation:
    """One request and its answer, over pipes that never block, until a deadline."""

    def __init__(self, process: subprocess.Popen[bytes], deadline: float) -> None:
        assert process.stdin is not None and process.stdout is not None
        self._input = process.stdin.fileno()
        self._output = process.stdout.fileno()
        self._deadline = deadline

    def send(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            self._wait([], [self._input])
            rest = rest[os.write(self._input, rest[:_CHUNK]) :]

    def receive(self) -> tuple[dict[str, Any], bytes]:
        import json

        length = int.from_bytes(self._read(8), "big")
        if length > _LARGEST_ANSWER:
            raise ValueError("an answer of impossible length")
        text = self._read(length)
        answer = json.loads(text)
        if not isinstance(answer, dict):
            raise ValueError("an answer that is no object")
        return answer, text

    def _read(self, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            self._wait([self._output], [])
            chunk = os.read(self._output, min(_CHUNK, count - len(data)))
            if not chunk:
                raise EOFError
            data += chunk
        return bytes(data)

    def _wait(self, reading: list[int], writing: list[int]) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0 or not any(select.select(reading, writing, [], left)):
            raise TimeoutError


READER: Final = Reader()
atexit.register(READER.close)
