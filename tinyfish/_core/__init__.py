"""How calls are made. Nothing here is public."""
