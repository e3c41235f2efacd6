"""Configuration of the documentation site (`make docs`)."""  # noqa: INP001 - Sphinx executes this file by its path

project = "Livestorm to Salesforce"
author = "The project's authors"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["decisions/0000-template.md"]
html_theme = "furo"
html_title = project
html_show_copyright = False
#: Headings up to this level have an anchor that is made as GitHub makes it, so links work on both.
myst_heading_anchors = 4
