"""Lotvault's Python SDK: read tax lots from chain, decide on harvests, and carry them out.

The package is layered: `core` is pure (integers and frozen models, no I/O), and everything that
talks to a node lives in `chain` and above. Import what you need from the sub-packages; importing
`vaultsdk` itself loads nothing else.
"""

__version__ = "0.1.0"
