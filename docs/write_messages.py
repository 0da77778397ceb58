"""Write messages.md from the catalogue of codes: `python docs/write_messages.py`."""

from pathlib import Path

from isthmus.codes import explanations

HEAD = (
    "# Messages\n\nEvery error ends in a code in square brackets. `isthmus explain CODE` prints the same"
    " text as this page,\nwhich is made from it.\n\n"
)


def page() -> str:
    """The page as Markdown."""
    entries = (
        f"## {e.code}\n\n**{e.title}.** {e.meaning}\n\n*What to do:* {e.remedy}\n" for e in explanations()
    )
    return HEAD + "\n".join(entries)


if __name__ == "__main__":
    (Path(__file__).parent / "messages.md").write_text(page(), encoding="utf-8")
