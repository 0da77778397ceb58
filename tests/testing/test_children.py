"""Whatever a child does, its ending is told."""

import pytest

from isthmus.testing import children


def judged(code: int = 0, out: str = "", err: str = "") -> children.Ending:
    return children.judge_ending(code, out, err, 1.0)


def test_an_answer_is_the_last_marked_line():
    ending = judged(out='noise\nanswer: {"a": 1}\nanswer: {"a": 2}\n', err="stage: one\nstage: two\n")
    assert (ending.outcome, ending.answer, ending.stage) == ("done", {"a": 2}, "two")


def test_a_signal_is_a_crash():
    assert judged(-11).detail == "signal SIGSEGV"
    assert judged(-11).outcome == "crash"


def test_an_exception_is_a_crash_with_its_innermost_call():
    err = (
        "Traceback (most recent call last):\n"
        '  File "/x/isthmus/study/recipe.py", line 10, in answer\n'
        '  File "/x/isthmus/solve/ndf.py", line 44, in solve_ndf\n'
        "ZeroDivisionError: division by zero\n"
    )
    assert judged(1, err=err).detail == (
        "ZeroDivisionError: division by zero solve/ndf.py:44 solve_ndf < study/recipe.py:10 answer"
    )


def test_an_end_without_an_answer_is_a_crash():
    assert judged(0).outcome == "crash"


def test_a_timeout_names_the_calls_of_the_main_thread():
    err = (
        "stage: searching\nTimeout (0:00:05)!\n"
        'Thread 0x01 (most recent call first):\n  File "/x/isthmus/a/worker.py", line 1 in spin\n'
        'Thread 0x02 (most recent call first):\n  File "/usr/lib/queue.py", line 9 in get\n'
        '  File "/x/isthmus/study/hunt.py", line 7 in hunt\n'
        '  File "/x/isthmus/study/recipe.py", line 3 in answer\n'
    )
    ending = judged(1, err=err)
    assert (ending.outcome, ending.stage) == ("timeout", "searching")
    assert ending.detail == "study/hunt.py:7 hunt < study/recipe.py:3 answer"


@pytest.mark.parametrize("seconds", [0.2])
def test_a_child_that_takes_too_long_is_ended(corpus, seconds):
    ending = children.run_child("reduce-one", [str(corpus / "decay.ant")], seconds)
    assert ending.outcome == "timeout"
    assert ending.seconds < 10
