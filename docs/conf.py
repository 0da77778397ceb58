"""How the documentation is built."""

project = "isthmus"
author = "The isthmus authors"
copyright = "2026, the isthmus authors"
extensions = ["myst_parser"]
myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "isthmus"
