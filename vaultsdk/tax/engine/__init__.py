"""The engines: how disposals meet what was acquired. Pure functions of a `Job`."""

from __future__ import annotations
