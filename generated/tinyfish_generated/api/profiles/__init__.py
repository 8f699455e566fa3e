# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

"""The operations of openapi.yaml with the tag `profiles`."""

from .cancel_profile_setup import cancel_profile_setup
from .create_profile import create_profile
from .list_profiles import list_profiles
from .save_profile_setup import save_profile_setup
from .start_profile_setup import start_profile_setup

__all__ = [
    "cancel_profile_setup",
    "create_profile",
    "list_profiles",
    "save_profile_setup",
    "start_profile_setup",
]
