"""The reader process is started as soon as a command names a model file, and only then."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from isthmus.cli import start_reader
start_reader(sys.argv[1:])
reader = sys.modules.get("isthmus.formats.sandbox")
command = reader.READER._process.args[4:] if reader else ["none"]
print(*command)
"""


@pytest.mark.parametrize(
    ("arguments", "libraries"),
    [
        ("simulate model.ant --until 10", {"antimony", "libsbml"}),
        ("reduce model.xml --observe P", {"libsbml"}),
        ("reduce --observe P model.xml", {"libsbml"}),
        ("simulate model.ant --help", {"none"}),
        ("simulate", {"none"}),
        ("--help", {"none"}),
        ("model.ant", {"none"}),
        ("explain E-TIMES", {"none"}),
    ],
)
def test_when_the_reader_starts(arguments, libraries):
    command = [sys.executable, "-c", PROGRAM, *arguments.split()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert libraries <= set(done.stdout.split())
    assert ("antimony" in libraries) == ("antimony" in done.stdout.split())
