"""The reader process: parses what may be hostile, under limits, and answers with plain data.

Run as `python -P -m isthmus.formats.child MEMORY_BYTES`. Reads requests from standard input, writes answers
to standard output, and ends when its input does. Libraries that print cannot disturb the answers: they get
the error stream.
"""

from __future__ import annotations

import os
import resource
import sys
from typing import Any

from isthmus.errors import ModelError, Where
from isthmus.formats.antimony_text import antimony_to_sbml, sbml_to_antimony
from isthmus.formats.content import Content, recognise
from isthmus.formats.messages import frame, read_message, refusal_to_json
from isthmus.formats.model_json import imported_to_json
from isthmus.formats.sbml_reader import check_sbml, read_sbml


def serve(memory: int) -> None:
    """Answer requests until the input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while (request := read_message(sys.stdin.buffer)) is not None:
        _limit_seconds(int(request["seconds"]))
        data = sys.stdin.buffer.read(int(request["bytes"]))
        answers.write(frame(answer(str(request["verb"]), data, str(request["file"]))))
        answers.flush()


def answer(verb: str, data: bytes, file: str) -> dict[str, Any]:
    """The answer to one request: its result, or a refusal."""
    try:
        match verb:
            case "read":
                return {"imported": _read(data, file)}
            case "check":
                return {"errors": check_sbml(data)}
            case "antimony":
                return {"text": sbml_to_antimony(data.decode("utf-8"))}
        raise ModelError("E-READER", f"the request {verb!r}")
    except ModelError as error:
        return {"refusal": refusal_to_json(error)}
    except (MemoryError, RecursionError) as error:
        what = "more memory" if isinstance(error, MemoryError) else "deeper nesting"
        needs = f"a file that needs {what} than the reader may use"
        return {"refusal": refusal_to_json(ModelError("E-TOO-LARGE", needs, where=Where(file)))}


def _read(data: bytes, file: str) -> dict[str, Any]:
    if recognise(data, file) is Content.SBML:
        return imported_to_json(read_sbml(data, file))
    sbml = antimony_to_sbml(data.decode("utf-8-sig"), file)
    return imported_to_json(read_sbml(sbml.encode(), file, located=False))


def _limit_seconds(seconds: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


if __name__ == "__main__":
    serve(int(sys.argv[1]))
