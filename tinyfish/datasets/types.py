"""`tinyfish.datasets.types` of the published SDK: see `tinyfish.compat`."""

from tinyfish.compat import names_of

__getattr__, __dir__ = names_of("datasets")
