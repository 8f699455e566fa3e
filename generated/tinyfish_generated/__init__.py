# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

"""The TinyFish API as openapi.yaml describes it: models, and operations that describe a call without sending it."""
