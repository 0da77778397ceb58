"""The command line: a thin door that reads text, asks a study, and prints the answer."""

from isthmus.cli.app import main

__all__ = ["main"]
