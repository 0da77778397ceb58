"""The expression graph: build, differentiate, solve, simplify, print; knows no biology."""
