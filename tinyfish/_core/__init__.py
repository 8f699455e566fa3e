"""How calls are carried out. Nothing here is public."""
