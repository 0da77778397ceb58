"""Ways to damage a text: bytes, tokens, lines, elements. All from one random generator."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Final

# What readers have stumbled over: limits of numbers, names that mean something elsewhere, stray syntax.
TOKENS: Final = (
    *("0", "-1", "1e400", "-1e-400", "4294967297", "1e999999999", "nan", "NaN", "INF", "-inf", "0x10", "1_0"),
    *("", " ", "\n", "\t", "\0", "\ufeff", "\u202e", "é", "𝒙", "'", '"', "`", "\\", "$x", "../../etc/passwd"),
    *("lambda", "None", "import", "E", "I", "S", "pi", "time", "delay", "xor", "gamma", "__import__('os')"),
    *(
        "(",
        ")",
        "((((((((",
        "))))",
        "[",
        "]",
        "{",
        "}",
        ",",
        ";",
        ":",
        "=",
        ":=",
        "->",
        "=>",
        "^",
        "^^",
        "**",
    ),
    *("<", ">", "</", "/>", "<!--", "-->", "<![CDATA[", "]]>", "<?x?>", "&amp;", "&#0;", "&lt;", "&x;"),
    *(
        "true",
        "false",
        "piecewise(",
        "log(",
        "root(0,",
        "factorial(171)",
        "1/0",
        "0^0",
        "2^2^2^2^2^2",
        "-" * 50,
    ),
)
FORMULAS: Final = (
    "k1*A*(B + 2.5e-3)^n / (K_M + A)",
    "piecewise(1, time > 5 && A <= B, 0, !(A == B) || B != 3, exp(-k*time))",
    "log(10, A) + ln(B) - log10(C) + sqrt(D)*root(3, E) + abs(-x) + floor(y)*ceil(z)",
    "min(a, b, c) + max(1, 2) + pow(x, 2) + factorial(5) + 7 % 3",
    "sin(cos(tan(arcsin(0.5)))) + sech(x) + arccoth(2)",
    "let t = a + b; t*t + t^t",
    "avogadro*1e-23 + pi + exponentiale + inf - 3^-2^x",
    "true && (false || xor(a > 1, b < 2)) == !(c >= 3)",
)

_WORD: Final = re.compile(rb"[A-Za-z_]\w*|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_ELEMENT: Final = re.compile(rb"<[A-Za-z][^<>]*/>|<([A-Za-z][\w:]*)[^<>]*>.*?</\1>", re.DOTALL)
_ATTRIBUTE: Final = re.compile(rb'\s[\w:]+="[^"]*"')
# What stands between quotes or tags: changing it leaves the XML well-formed.
_VALUE: Final = re.compile(rb'(?<=")[^"<>]+(?=")|(?<=>)\s*[^<>\s][^<>]*(?=<)')
_BRACKETS: Final = re.compile(rb"\([^()]*\)")

Mutation = Callable[[random.Random, bytes], bytes]


def mutate_bytes(choice: random.Random, data: bytes) -> bytes:
    """One change that knows nothing of the text."""
    return choice.choice(_BLIND)(choice, data)


def mutate_structure(choice: random.Random, data: bytes) -> bytes:
    """One change of a word, line, attribute, bracket or element."""
    return choice.choice(_KNOWING)(choice, data)


def _flip(choice: random.Random, data: bytes) -> bytes:
    place = choice.randrange(len(data) + 1)
    return data[:place] + bytes([choice.randrange(256)]) + data[place + 1 :]


def _cut(choice: random.Random, data: bytes) -> bytes:
    start, end = _span(choice, data)
    return data[:start] + data[end:]


def _repeat(choice: random.Random, data: bytes) -> bytes:
    start, end = _span(choice, data)
    return data[:end] + data[start:end] * choice.choice((1, 2, 50)) + data[end:]


def _insert(choice: random.Random, data: bytes) -> bytes:
    place = choice.randrange(len(data) + 1)
    return data[:place] + choice.choice(TOKENS).encode() + data[place:]


def _end(choice: random.Random, data: bytes) -> bytes:
    return data[: choice.randrange(len(data) + 1)]


def _span(choice: random.Random, data: bytes) -> tuple[int, int]:
    start = choice.randrange(len(data) + 1)
    return start, min(len(data), start + choice.choice((1, 3, 10, 100)))


def _matches(pattern: re.Pattern[bytes], data: bytes) -> list[tuple[int, int]]:
    return [match.span() for match in pattern.finditer(data)]


def _replace(pattern: re.Pattern[bytes]) -> Mutation:
    """Put a token, or another match, in the place of a match."""

    def mutation(choice: random.Random, data: bytes) -> bytes:
        spans = _matches(pattern, data)
        if not spans:
            return _insert(choice, data)
        start, end = choice.choice(spans)
        other = choice.choice(spans)
        new = choice.choice((choice.choice(TOKENS).encode(), data[other[0] : other[1]]))
        return data[:start] + new + data[end:]

    return mutation


def _on_lines(choice: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    if len(lines) < 2:
        return _cut(choice, data)
    i, j = choice.randrange(len(lines)), choice.randrange(len(lines))
    match choice.randrange(3):
        case 0:
            del lines[i]
        case 1:
            lines.insert(i, lines[j])
        case _:
            lines[i], lines[j] = lines[j], lines[i]
    return b"".join(lines)


def _on(pattern: re.Pattern[bytes]) -> Mutation:
    """Drop, double, nest or exchange what a pattern finds."""

    def mutation(choice: random.Random, data: bytes) -> bytes:
        spans = _matches(pattern, data)
        if not spans:
            return _replace(_WORD)(choice, data)
        start, end = choice.choice(spans)
        other = choice.choice(spans)
        piece, new = data[start:end], data[other[0] : other[1]]
        match choice.randrange(4):
            case 0:
                return data[:start] + data[end:]
            case 1:
                return data[:end] + piece * choice.choice((1, 3, 30)) + data[end:]
            case 2:
                middle = piece.find(b">") + 1
                return data[:start] + piece[:middle] + new + piece[middle:] + data[end:]
            case _:
                return data[:start] + new + data[end:]

    return mutation


_BLIND: Final[tuple[Mutation, ...]] = (_flip, _cut, _repeat, _insert, _end)
_KNOWING: Final[tuple[Mutation, ...]] = (
    _replace(_WORD),
    _replace(_VALUE),
    _replace(_VALUE),
    _on_lines,
    _on(_ELEMENT),
    _on(_ELEMENT),
    _on(_ATTRIBUTE),
    _on(_BRACKETS),
)
