"""Builds the documentation site: `make docs`, `make docs-serve`.

navigation.py   the pages and their order
staging.py      copies the pages to build/docs, and generates the others
reference.py    the Python API, page by page, for mkdocstrings
wire.py         the API of the wire, from openapi.yaml
examples.py     the programs in examples/
llms.py         llms.txt and llms-full.txt
markdown.py     headings, links and code blocks of a page
links.py        checks the links of the built site
addresses.py    where the site is published, and the links of README.md to it
"""
