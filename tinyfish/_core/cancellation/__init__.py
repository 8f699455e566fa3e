"""What happens to runs when a call ends early."""
