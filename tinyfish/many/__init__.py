"""Many runs: what `client.agent.run_many` is made of."""
