"""The layer contracts of pyproject.toml say yes to a clean house and no to each forbidden import."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


def rooms() -> list[str]:
    """Every room named by the layer contract, optional ones included."""
    contracts = tomllib.loads(PYPROJECT.read_text())["tool"]["importlinter"]["contracts"]
    house = next(contract for contract in contracts if contract["id"] == "house")
    bands = " | ".join(house["layers"])
    return [name.strip(" ()") for name in bands.split("|")]


def build_house(folder: Path, imports: dict[str, str]) -> Path:
    """Empty rooms of the right names, the given import statements written into some of them."""
    package = folder / "isthmus"
    for room in ["", *rooms(), *imports]:
        (package / room).mkdir(parents=True, exist_ok=True)
        (package / room / "__init__.py").write_text("")
    # Both readers are imported where they may be, so that the contract always knows them.
    (package / "formats" / "sbml.py").write_text("import antimony\nimport libsbml\n")
    (package / "execute" / "cluster.py").write_text("import dask\n")
    for room, statement in imports.items():
        (package / room / "guest.py").write_text(statement + "\n")
    (folder / "pyproject.toml").write_text(PYPROJECT.read_text())
    return folder


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """The linter's verdict on a house."""
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_clean_house_passes(tmp_path: Path) -> None:
    allowed = {"study": "import isthmus.certify", "certify": "import isthmus.solve"}
    verdict = lint(build_house(tmp_path, allowed))
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


@pytest.mark.parametrize(
    ("room", "statement"),
    [
        ("algebra", "import isthmus.model"),
        ("certify", "import isthmus.reduce"),
        ("reduce", "import isthmus.scales"),
        ("solve", "import isthmus.simulate"),
        ("study", "def render():\n    from isthmus.report import html"),
        ("model", "import libsbml"),
        ("cli", "import antimony"),
        ("simulate", "import dask"),
        ("loft", ""),
    ],
    ids=lambda value: value.split("\n")[0] or "empty",
)
def test_a_forbidden_import_is_refused(tmp_path: Path, room: str, statement: str) -> None:
    verdict = lint(build_house(tmp_path, {room: statement}))
    assert verdict.returncode != 0
    assert room in verdict.stdout, verdict.stdout + verdict.stderr
