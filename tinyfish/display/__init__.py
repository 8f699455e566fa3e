"""How models look: one line of text, in IPython and rich, as HTML in a notebook, live while a run lasts.

Each module is loaded when something is shown, so that programs that show nothing don't pay for it.
"""
