from tinyfish.demo.site import Site

__all__ = ["Site"]
