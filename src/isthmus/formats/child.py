"""The reader process: parses what may be hostile, under limits, and answers with plain data.

Run as `python -P -m isthmus.formats.child MEMORY_BYTES [LIBRARY …]`; the libraries are loaded at once. Reads
requests from standard input, writes answers to standard output, and ends when its input does. Libraries that
print cannot disturb the answers: they get the error stream.
"""

from __future__ import annotations

import gc
import os
import resource
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

from isthmus.errors import ModelError, Where
from isthmus.formats.antimony_text import antimony_to_sbml, sbml_to_antimony
from isthmus.formats.bionetgen import read_network
from isthmus.formats.combine_child import VERBS, answer_combine
from isthmus.formats.content import Content, recognise
from isthmus.formats.messages import frame, read_message, refusal_to_json
from isthmus.formats.model_json import imported_to_json
from isthmus.formats.sbml_places import element_places
from isthmus.formats.sbml_reader import check_sbml, read_sbml

# A small file has no business with more than this.
_MEMORY: Final = 1024**3
_LARGE: Final = 10_000_000
_OBJECTS_PER_COLLECTION: Final = 1_000_000


def serve(memory: int, libraries: Sequence[str] = ()) -> None:
    """Load libraries, then answer requests until the input ends."""
    _limit_memory(memory, memory)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for library in libraries:
        import_module(library)
    # What a file makes has few cycles: even at every 100,000th object, looking for them takes a tenth of the
    # time to read a large one.
    gc.set_threshold(_OBJECTS_PER_COLLECTION)
    while (request := read_message(sys.stdin.buffer)) is not None:
        _limit_seconds(int(request["seconds"]))
        size = int(request["bytes"])
        _limit_memory(memory if size > _LARGE else min(memory, _MEMORY), memory)
        data = sys.stdin.buffer.read(size)
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
            case "places":
                return {"places": element_places(data, file)}
            case _ if verb in VERBS:
                return answer_combine(verb, data, file)
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
    content = recognise(data, file)
    if content is Content.SBML:
        return imported_to_json(read_sbml(data, file))
    if content is Content.NETWORK:
        return imported_to_json(read_network(data, file))
    sbml = antimony_to_sbml(data.decode("utf-8-sig"), file)
    return imported_to_json(read_sbml(sbml.encode(), file, located=False))


def _limit_memory(soft: int, hard: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _limit_seconds(seconds: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2:])
