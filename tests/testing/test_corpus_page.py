"""The page on published models says what its tables say."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_is_up_to_date():
    spec = spec_from_file_location("write_corpus", DOCS / "write_corpus.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (DOCS / "corpus.md").read_text(encoding="utf-8") == module.page(), (
        "run python docs/write_corpus.py"
    )
