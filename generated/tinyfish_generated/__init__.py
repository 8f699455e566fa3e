# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

"""The TinyFish API, generated from openapi.yaml: models, and operations, which describe calls without sending them."""
