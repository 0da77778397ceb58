"""Wall-clock times of the command line as a user meets it: one fresh process a row.

Run by `make bench`. A row is the best of a few repetitions, as noise only adds; the exit code is printed
because a fast failure is not a speed.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ISTHMUS = Path(sys.executable).with_name("isthmus")
EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
REPETITIONS = 3
QUESTIONS = {
    "michaelis_menten": ["--observe", "P", "--tolerance", "1%", "--horizon", "700"],
    "gene_expression": ["--observe", "P", "--tolerance", "5%", "--horizon", "120"],
    "huang_ferrell_1996": ["--observe", "K_PP", "--tolerance", "5%", "--horizon", "100"],
    "goldbeter_1991": ["--observe", "C", "--tolerance", "5%", "--horizon", "100"],
}


def rows() -> dict[str, list[str]]:
    """The arguments of each row, by what it shows."""
    table = {"start-up (--help)": ["--help"]}
    for name, question in QUESTIONS.items():
        model = str(EXAMPLES / f"{name}.ant")
        table[f"simulate {name}"] = ["simulate", model, "--until", question[-1]]
        table[f"reduce {name}"] = ["reduce", model, *question]
    return table


def measure(arguments: list[str]) -> tuple[float, int]:
    """The best wall-clock seconds of a command, and its exit code."""
    seconds, code = [], 0
    for _ in range(REPETITIONS):
        with tempfile.TemporaryDirectory() as folder:
            out = ["--out", f"{folder}/out"] if arguments[0] == "reduce" else []
            start = time.perf_counter()
            code = subprocess.run([ISTHMUS, *arguments, *out], cwd=folder, capture_output=True).returncode
            seconds.append(time.perf_counter() - start)
    return min(seconds), code


def main() -> None:
    """Print one line a row."""
    print(f"{'command':<32} {'seconds':>8} {'exit':>5}")
    for label, arguments in rows().items():
        best, code = measure(arguments)
        print(f"{label:<32} {best:>8.2f} {code:>5}", flush=True)


if __name__ == "__main__":
    main()
