"""What becomes of runs when a call is left early."""
