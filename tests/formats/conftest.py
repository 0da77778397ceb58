"""SBML texts for the tests of this room."""

from collections.abc import Callable

import pytest

MATHML = "http://www.w3.org/1998/Math/MathML"
NAMESPACES = {
    (2, 1): "http://www.sbml.org/sbml/level2",
    (2, 4): "http://www.sbml.org/sbml/level2/version4",
    (3, 1): "http://www.sbml.org/sbml/level3/version1/core",
    (3, 2): "http://www.sbml.org/sbml/level3/version2/core",
}


@pytest.fixture(scope="session")
def sbml() -> Callable[..., str]:
    """Write a document around the content of a model, which starts on line 4."""

    def write(
        content: str, level: int = 3, version: int = 2, attributes: str = "", model: str = 'id="m"'
    ) -> str:
        namespace = NAMESPACES[level, version]
        root = f'<sbml xmlns="{namespace}" level="{level}" version="{version}"{attributes}>'
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n{root}\n<model {model}>\n{content}\n</model>\n</sbml>\n'
        )

    return write


@pytest.fixture(scope="session")
def math() -> Callable[[str], str]:
    """A `math` element around its content."""
    return lambda content: f'<math xmlns="{MATHML}">{content}</math>'


@pytest.fixture(scope="session")
def parameters() -> Callable[..., str]:
    """A list of parameters: id=value for constants, id=None for what a rule computes."""

    def write(**values: float | None) -> str:
        rows = [
            f'<parameter id="{name}" constant="false"/>'
            if value is None
            else f'<parameter id="{name}" value="{value}" constant="true"/>'
            for name, value in values.items()
        ]
        return f"<listOfParameters>{''.join(rows)}</listOfParameters>"

    return write
