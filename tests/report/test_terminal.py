"""What the terminal shows: plain lines in a pipe, colours on a terminal, the same facts in both."""

import io
from dataclasses import replace
from pathlib import Path

from isthmus.records.certificate import Counterexample
from isthmus.report.certificate import certificate_blocks
from isthmus.report.question import question_block
from isthmus.report.terminal import Block, Grid, plain_lines, print_study, study_blocks


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(study, stream) -> str:
    print_study(study, stream, Path("out"))
    return stream.getvalue()


def test_plain_lines_hold_no_escape_and_no_frame(study):
    text = printed(study, io.StringIO())
    assert "\x1b" not in text
    assert not set(text) & set("│┃━─╭╰")
    assert max(map(len, text.splitlines())) > 100, "plain lines are not wrapped"


def test_everything_that_was_asked_for_is_there(study):
    text = printed(study, io.StringIO())
    for words in (
        "conserved: E_total = E + C = 0.1 µM",
        "0.093 s  fast  C 99 %",
        "*rung 2           1      1  0.047 %  0.046 %  0.14 %  0.41 %   2.6×",
        "rung 2: C follows S + C at once (total QSSA)",
        "Certified: 4 states become 1",
        "at most 1 % of conditions violate, with 95 % confidence",
        "Km    (km1 + k2)/k1  0.75 µM",
        "open out/report.html",
    ):
        assert words in text


def test_the_terminal_says_the_same(study):
    text = printed(study, Terminal())
    for words in ("Ladder", "rung 2", "Certified", "Km", "report.html"):
        assert words in text


def test_a_study_without_certificate_claims_nothing(vary_study):
    text = printed(vary_study(certificate=None, interrupted=True), io.StringIO())
    assert "Interrupted: Stopped before the end" in text
    assert "none of them is certified" in text


def test_columns_are_aligned():
    grid = Grid(("id", "value"), (("a", "1"), ("long", "100")), frozenset({1}), mark=1)
    assert plain_lines(Block("T", ("line",), grid)) == [
        "T",
        "  line",
        "  id    value",
        "  a         1",
        " *long    100",
    ]


def test_many_modes_are_cut_short(study, vary_study):
    blocks = study_blocks(vary_study(scales=study.scales * 20))
    times = next(block for block in blocks if block.title == "Time scales")
    assert times.grid is not None
    assert len(times.grid.rows) == 12
    assert times.lines == ("and 28 faster ones; the report has them all",)


def test_a_broken_certificate_shows_its_counterexample(study):
    example = Counterexample({"k1": 0.53}, 0.14, 55.2, "P")
    broken = replace(study.certificate, verdict="broken", failures=22, counterexample=example)
    text = "\n".join(line for block in certificate_blocks(broken) for line in plain_lines(block))
    assert "Counterexample: P is off by 14 % at time 55.2" in text
    assert "628 conditions tried, 22 violated (at most 2 allowed)" in text
    assert "0.53" in text


def test_a_question_in_words(study):
    lines = question_block(study.question).lines
    assert "observe P = P" in lines
    assert "vary k1, km1, k2, S, E: 0.5 … 2 × its value" in lines


def test_a_proof_speaks_of_no_chance(study):
    proof = replace(
        study.certificate,
        strength="exact",
        draws=0,
        allowed_failures=0,
        violation_probability=0.0,
        confidence=1.0,
    )
    text = "\n".join(line for block in certificate_blocks(proof) for line in plain_lines(block))
    assert "no draw was needed" in text
    assert "confidence (attempt" not in text
