"""The rules that profiles are made of: each a pure plugin with its dates and its legal source."""

from __future__ import annotations
