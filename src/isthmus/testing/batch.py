"""One process for many pieces of work, as starting costs more than most; a crash or a hang costs one."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from time import monotonic, perf_counter
from typing import Any, Final

from isthmus.testing.children import ANSWER, Ending, child_environment, judge_ending

_GRACE: Final = 10.0
_PER_PROCESS: Final = 200


class BatchChild:
    """`python -m isthmus.testing JOB`, started when needed, that answers one line of JSON with another.

    command: another program that does the same.
    """

    def __init__(self, job: str, seconds: float, command: Sequence[str] = ()) -> None:
        here = (sys.executable, "-m", "isthmus.testing", job, "--seconds", f"{seconds:g}")
        self.command = tuple(command) or here
        self.seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._errors = -1
        self._done = 0

    def ask(self, arguments: Sequence[Any]) -> Ending:
        """What became of one piece of work; the process goes on unless it crashed or hung."""
        began = perf_counter()
        process = self._running()
        assert process.stdin is not None
        lines: list[str] = []
        try:
            process.stdin.write(json.dumps(list(arguments)).encode() + b"\n")
            process.stdin.flush()
            lines = self._lines_until_answer(process)
        except BrokenPipeError:
            pass
        except TimeoutError:
            self.close()
            return Ending("timeout", {}, "does not answer", "", perf_counter() - began)
        seconds = perf_counter() - began
        if lines and lines[-1].startswith(ANSWER):
            self._done += 1
            answer: Mapping[str, Any] = json.loads(lines[-1][len(ANSWER) :])
            return Ending("done", answer, "", "", seconds)
        process.wait()
        errors = self._told()
        self.close()
        return judge_ending(process.returncode or 1, "", errors, seconds)

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()
            os.close(self._errors)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and (self._process.poll() is not None or self._done >= _PER_PROCESS):
            self.close()
        if self._process is None:
            self._done = 0
            # A pipe that nobody reads would block the child once it is full.
            self._errors, path = tempfile.mkstemp()
            os.unlink(path)
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=child_environment(),
                start_new_session=True,
            )
        return self._process

    def _lines_until_answer(self, process: subprocess.Popen[bytes]) -> list[str]:
        """The lines up to the answer, or to the end of the process. Raises TimeoutError."""
        assert process.stdout is not None
        deadline = monotonic() + self.seconds + _GRACE
        data = b""
        while True:
            left = deadline - monotonic()
            if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
                raise TimeoutError
            piece = os.read(process.stdout.fileno(), 1 << 16)
            data += piece
            lines = data.decode("utf-8", "replace").splitlines(keepends=True)
            if not piece or (lines and lines[-1].startswith(ANSWER) and lines[-1].endswith("\n")):
                return lines

    def _told(self) -> str:
        size = os.fstat(self._errors).st_size
        return os.pread(self._errors, size, 0).decode("utf-8", "replace")
