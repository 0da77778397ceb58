"""What to say when an integration stops short."""

from __future__ import annotations

from isthmus.errors import NumericalError
from isthmus.solve.result import ResultCode


def require_end(code: ResultCode, reached: float, t1: float) -> None:
    """Raise NumericalError with advice unless the integration reached its end."""
    if code is ResultCode.SUCCESS:
        return
    raise NumericalError(
        "E-INTEGRATION",
        f"the integration stopped at t = {reached:.6g} ({code.name.lower().replace('_', ' ')})",
        needed=f"a solution up to t = {t1:.6g}",
        advice=code.advice,
    )
