"""Real browsers: finding Chromium, keeping its processes, talking to it, and the sessions people rent."""
