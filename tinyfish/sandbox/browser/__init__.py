"""Real browsers: finding Chromium, managing its processes, communicating with it, and browser sessions."""
