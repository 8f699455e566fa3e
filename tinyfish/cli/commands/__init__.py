"""The commands of `tinyfish`, a module for each group. Each is imported when it is called."""
