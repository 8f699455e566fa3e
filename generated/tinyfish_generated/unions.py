# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

"""The types of fields that can be one of several models, under the contract's names."""

from __future__ import annotations

from typing import TypeAlias

from . import models

MonitorConfig: TypeAlias = models.SearchMonitorConfig | models.FetchMonitorConfig
"""What a monitor searches for, or which page it reads."""

MonitorRun: TypeAlias = models.SearchMonitorRun | models.FetchMonitorRun
"""One check of a monitor."""

WalletAutoReload: TypeAlias = models.WalletAutoReloadUnconfigured | models.WalletAutoReloadConfigured
"""How the wallet tops itself up. What the `state` is tells which of the two it is."""
