"""Exponential, logarithm and power of several doubles at once, as LLVM IR.

Each is a polynomial after exact reduction of the argument, within 1 ulp: exp by its Taylor series on
|r| ≤ ½ ln 2, the logarithm by the series of 2 artanh(f / (2 + f)), the power by that series in two
doubles (Muller et al. 2018, Handbook of Floating-Point Arithmetic, 5.1 and 10.2). Where a lane's argument is
outside the plain range (zero, negative, subnormal, infinite, NaN, overflow) the C library answers for
that lane alone, so no lane depends on its neighbours.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import factorial, log
from typing import Final

_EXP_DEGREE: Final = 13
_LOG_TERMS: Final = 10
_LARGEST_EXPONENT: Final = 708.0
_SMALLEST_NORMAL: Final = 2.0**-1022
# Adding it leaves the nearest integer in the low bits.
_SHIFTER: Final = 1.5 * 2.0**52
_SHIFTER_BITS: Final = 0x4338000000000000
_ROOT_HALF_BITS: Final = 0x3FE6A09E667F3BCD
_EXPONENT_MASK: Final = -(1 << 52)
# ln 2 to 42 bits, so that its product with an exponent is exact, and what is left of it.
_LN2_HIGH: Final = float(Fraction(3048493539143, 2**42))
_LN2_LOW: Final = 5.497923018708371e-14
_TWO_THIRDS_LOW: Final = float(Fraction(2, 3) - Fraction(2 / 3))


def vector_type(width: int) -> str:
    """LLVM's name of that many doubles."""
    return f"<{width} x double>"


def splat(width: int, value: float) -> str:
    """The literal of one double in every lane."""
    bits = "0x" + struct.pack(">d", value).hex().upper()
    return f"<{', '.join([f'double {bits}'] * width)}>"


def define_by_lane(name: str, scalar: str, count: int, width: int) -> str:
    """A vector function that calls a scalar one lane by lane."""
    kind = vector_type(width)
    arguments = [f"%a{i}" for i in range(count)]
    lines = [f"declare double @{scalar}({', '.join(['double'] * count)})"]
    lines.append(f"define internal {kind} @{name}({', '.join(f'{kind} {a}' for a in arguments)}) noinline {{")
    result = "poison"
    for lane in range(width):
        for i, argument in enumerate(arguments):
            lines.append(f"%e{lane}.{i} = extractelement {kind} {argument}, i32 {lane}")
        passed = ", ".join(f"double %e{lane}.{i}" for i in range(count))
        lines.append(f"%c{lane} = call double @{scalar}({passed})")
        lines.append(f"%r{lane} = insertelement {kind} {result}, double %c{lane}, i32 {lane}")
        result = f"%r{lane}"
    return "\n".join([*lines, f"ret {kind} {result}", "}"])


def define_exp(name: str, width: int) -> str:
    """The exponential."""
    body = _Body(width)
    usual = body.compare("olt", body.call("fabs", "%a0"), body.constant(_LARGEST_EXPONENT))
    return _with_exceptions(name, "llvm.exp.f64", 1, body, usual, _exp(body, "%a0", None))


def define_log(name: str, width: int) -> str:
    """The natural logarithm."""
    body = _Body(width)
    usual = _is_positive_normal(body, "%a0")
    exponent, f = _split(body, "%a0")
    s = body.op("fdiv", f, body.op("fadd", body.constant(2.0), f))
    series = body.op("fmul", body.op("fmul", s, s), _artanh_tail(body, body.op("fmul", s, s), first=1))
    half_square = body.op("fmul", body.constant(0.5), body.op("fmul", f, f))
    inner = body.op("fmul", s, body.op("fadd", half_square, series))
    low = body.fma(exponent, body.constant(_LN2_LOW), inner)
    rest = body.op("fsub", body.op("fsub", half_square, low), f)
    result = body.op("fsub", body.op("fmul", exponent, body.constant(_LN2_HIGH)), rest)
    return _with_exceptions(name, "llvm.log.f64", 1, body, usual, result)


def define_pow(name: str, width: int) -> str:
    """The first argument to the power of the second."""
    body = _Body(width)
    high, low = _log_in_two(body, "%a0")
    product = body.op("fmul", "%a1", high)
    rest = body.fma("%a1", low, body.fma("%a1", high, body.negative(product)))
    bounded = body.compare("olt", body.call("fabs", product), body.constant(_LARGEST_EXPONENT))
    usual = body.line(f"and {body.mask} {bounded}, {_is_positive_normal(body, '%a0')}")
    return _with_exceptions(name, "llvm.pow.f64", 2, body, usual, _exp(body, product, rest))


@dataclass(slots=True)
class _Body:
    """The straight-line instructions of one function."""

    width: int
    lines: list[str] = field(default_factory=list)
    declarations: dict[str, None] = field(default_factory=dict)

    @property
    def type(self) -> str:
        return vector_type(self.width)

    @property
    def mask(self) -> str:
        return f"<{self.width} x i1>"

    @property
    def integers(self) -> str:
        return f"<{self.width} x i64>"

    def line(self, instruction: str) -> str:
        name = f"%v{len(self.lines)}"
        self.lines.append(f"{name} = {instruction}")
        return name

    def op(self, opcode: str, left: str, right: str) -> str:
        return self.line(f"{opcode} {self.type} {left}, {right}")

    def integer_op(self, opcode: str, left: str, right: str | int) -> str:
        second = right if isinstance(right, str) else f"<{', '.join([f'i64 {right}'] * self.width)}>"
        return self.line(f"{opcode} {self.integers} {left}, {second}")

    def compare(self, predicate: str, left: str, right: str) -> str:
        return self.line(f"fcmp {predicate} {self.type} {left}, {right}")

    def constant(self, value: float) -> str:
        return splat(self.width, value)

    def negative(self, operand: str) -> str:
        return self.line(f"fneg {self.type} {operand}")

    def call(self, intrinsic: str, *args: str) -> str:
        function = f"llvm.{intrinsic}.v{self.width}f64"
        self.declarations[f"declare {self.type} @{function}({', '.join([self.type] * len(args))})"] = None
        return self.line(f"call {self.type} @{function}({', '.join(f'{self.type} {a}' for a in args)})")

    def fma(self, left: str, right: str, added: str) -> str:
        return self.call("fma", left, right, added)

    def bits(self, operand: str) -> str:
        return self.line(f"bitcast {self.type} {operand} to {self.integers}")

    def floats(self, operand: str) -> str:
        return self.line(f"bitcast {self.integers} {operand} to {self.type}")

    def polynomial(self, variable: str, coefficients: Sequence[Fraction]) -> str:
        """By Horner's rule, lowest coefficient first."""
        total = self.constant(float(coefficients[-1]))
        for coefficient in reversed(coefficients[:-1]):
            total = self.fma(total, variable, self.constant(float(coefficient)))
        return total


def _is_positive_normal(body: _Body, x: str) -> str:
    above = body.compare("oge", x, body.constant(_SMALLEST_NORMAL))
    below = body.compare("olt", x, body.constant(float("inf")))
    return body.line(f"and {body.mask} {above}, {below}")


def _exp(body: _Body, x: str, rest: str | None) -> str:
    """exp(x + rest) for |x| below the largest exponent and a rest below an ulp of x."""
    shifted = body.fma(x, body.constant(1 / log(2)), body.constant(_SHIFTER))
    n = body.op("fsub", shifted, body.constant(_SHIFTER))
    high = body.fma(n, body.constant(-_LN2_HIGH), x)
    low = body.fma(n, body.constant(-_LN2_LOW), body.constant(0.0) if rest is None else rest)
    r = body.op("fadd", high, low)
    lost = body.op("fadd", body.op("fsub", high, r), low)
    terms = [Fraction(1, factorial(k)) for k in range(2, _EXP_DEGREE + 1)]
    square = body.op("fmul", r, r)
    beyond = body.fma(square, body.polynomial(r, terms), lost)
    mantissa = body.op("fadd", body.constant(1.0), body.op("fadd", r, beyond))
    exponent = body.integer_op("shl", body.bits(shifted), 52)
    return body.floats(body.integer_op("add", body.bits(mantissa), exponent))


def _split(body: _Body, x: str) -> tuple[str, str]:
    """(k, f) with x = 2^k (1 + f) and 1 + f between the roots of ½ and 2, both exact."""
    bits = body.bits(x)
    above = body.integer_op("sub", bits, _ROOT_HALF_BITS)
    counted = body.integer_op("add", body.integer_op("ashr", above, 52), _SHIFTER_BITS)
    exponent = body.op("fsub", body.floats(counted), body.constant(_SHIFTER))
    mantissa = body.floats(body.integer_op("sub", bits, body.integer_op("and", above, _EXPONENT_MASK)))
    return exponent, body.op("fsub", mantissa, body.constant(1.0))


def _artanh_tail(body: _Body, square: str, first: int) -> str:
    """Σ 2 s^{2(j − first)} / (2 j + 1) from j = first on."""
    return body.polynomial(square, [Fraction(2, 2 * j + 1) for j in range(first, _LOG_TERMS + 1)])


def _log_in_two(body: _Body, x: str) -> tuple[str, str]:
    """The logarithm as a sum of two doubles, to about 65 bits."""
    exponent, f = _split(body, x)
    two = body.constant(2.0)
    divisor = body.op("fadd", two, f)
    divisor_low = body.op("fsub", f, body.op("fsub", divisor, two))
    s = body.op("fdiv", f, divisor)
    left = body.fma(body.negative(s), divisor, f)
    left = body.fma(body.negative(s), divisor_low, left)
    s_low = body.op("fdiv", left, divisor)
    z = body.op("fmul", s, s)
    z_low = body.fma(body.op("fadd", s, s), s_low, body.fma(s, s, body.negative(z)))
    third, third_low = body.constant(2 / 3), body.constant(_TWO_THIRDS_LOW)
    a = body.op("fmul", z, third)
    a_low = body.fma(z, third_low, body.fma(z, third, body.negative(a)))
    a_low = body.fma(z_low, third, a_low)
    tail = body.op("fmul", body.op("fmul", z, z), _artanh_tail(body, z, first=2))
    b = body.op("fadd", two, a)
    b_low = body.op("fadd", body.op("fsub", two, b), a)
    b_low = body.op("fadd", b_low, body.op("fadd", a_low, tail))
    high = body.op("fmul", s, b)
    low = body.fma(s_low, b, body.fma(s, b_low, body.fma(s, b, body.negative(high))))
    whole = body.op("fmul", exponent, body.constant(_LN2_HIGH))
    total = body.op("fadd", whole, high)
    lost = body.op("fadd", body.op("fsub", whole, total), high)
    return total, body.op("fadd", lost, body.fma(exponent, body.constant(_LN2_LOW), low))


def _with_exceptions(name: str, scalar: str, count: int, body: _Body, usual: str, result: str) -> str:
    """The function that returns the result in the usual lanes and asks the C library about the others."""
    kind, slow = body.type, f"{name}.slow"
    reduce = f"llvm.vector.reduce.and.v{body.width}i1"
    arguments = ", ".join(f"{kind} %a{i}" for i in range(count))
    return "\n".join(
        [
            define_by_lane(slow, scalar, count, body.width),
            *body.declarations,
            f"declare i1 @{reduce}({body.mask})",
            f"define internal {kind} @{name}({arguments}) noinline {{",
            *body.lines,
            f"%all = call i1 @{reduce}({body.mask} {usual})",
            "br i1 %all, label %done, label %unusual",
            "unusual:",
            f"%asked = call {kind} @{slow}({arguments})",
            f"%mixed = select {body.mask} {usual}, {kind} {result}, {kind} %asked",
            f"ret {kind} %mixed",
            "done:",
            f"ret {kind} {result}",
            "}",
        ]
    )
