# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

"""The operations of openapi.yaml with the tag `datasets`."""

from .cancel_dataset_run import cancel_dataset_run
from .create_dataset import create_dataset
from .delete_dataset import delete_dataset
from .follow_dataset_run import follow_dataset_run
from .get_dataset import get_dataset
from .list_dataset_rows import list_dataset_rows
from .list_datasets import list_datasets
from .plan_dataset import plan_dataset
from .populate_dataset import populate_dataset

__all__ = [
    "cancel_dataset_run",
    "create_dataset",
    "delete_dataset",
    "follow_dataset_run",
    "get_dataset",
    "list_dataset_rows",
    "list_datasets",
    "plan_dataset",
    "populate_dataset",
]
