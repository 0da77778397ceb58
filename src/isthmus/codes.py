"""The codes of errors and verdicts: what each means and what to do, as `codes.toml` beside this file says."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache

from isthmus.errors import UsageError


@dataclass(frozen=True, slots=True)
class Explanation:
    """One code: a title, what it means, what to do."""

    code: str
    title: str
    meaning: str
    remedy: str

    def as_json(self) -> dict[str, str]:
        """The fields by name."""
        return asdict(self)


@cache
def explanations() -> tuple[Explanation, ...]:
    """Every code in alphabetical order."""
    import tomllib
    from importlib.resources import files

    table = tomllib.loads(files("isthmus").joinpath("codes.toml").read_text(encoding="utf-8"))
    return tuple(Explanation(code, **entry) for code, entry in sorted(table.items()))


def find_explanation(code: str) -> Explanation:
    """The explanation of a code, in any case, with brackets or without; UsageError E-CODE for none."""
    wanted = code.strip().strip("[]").upper()
    known = {entry.code: entry for entry in explanations()}
    if wanted in known:
        return known[wanted]
    from difflib import get_close_matches

    close = get_close_matches(wanted, known, n=3, cutoff=0.5)
    advice = (
        f"did you mean {', '.join(close)}?" if close else "isthmus explain, without a code, lists them all"
    )
    raise UsageError("E-CODE", f"unknown code {code!r}", advice=advice)
