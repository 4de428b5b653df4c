"""The talk between a driver and `client.py`: one JSON ledger a line in, one JSON answer a line out.

Drivers run in a peer's environment, so nothing of this project but this file is imported there.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any


def serve(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Answer until standard input ends. A peer that refuses a ledger, in whichever way, gives
    `{"error": cause}`. What a peer prints goes nowhere."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out, open(os.devnull, "w") as nowhere:
        sys.stdout = nowhere
        for line in sys.stdin:
            try:
                reply = answer(json.loads(line))
            except Exception as error:  # peers assert and raise what they like
                reply = {"error": f"{type(error).__name__}: {error}"}
            print(json.dumps(reply, default=str), file=out, flush=True)
