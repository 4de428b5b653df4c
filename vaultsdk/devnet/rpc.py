"""Plain JSON-RPC to a local node, in batches.

Setting up a chain and moving it takes hundreds of calls whose answers are small; going through
contract objects and polling for receipts would cost more than the calls themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from web3 import HTTPProvider
from web3.types import RPCEndpoint

from vaultsdk.devnet.errors import DevnetError

Call = tuple[str, Sequence[Any]]


class Rpc:
    """JSON-RPC calls to one node. Raises DevnetError with the node's own words."""

    def __init__(self, url: str, timeout: float = 120) -> None:
        self.url = url
        self._provider = HTTPProvider(url, request_kwargs={"timeout": timeout})

    def call(self, method: str, *params: Any) -> Any:
        """One call; its result."""
        return self.batch([(method, params)])[0]

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """Several calls in one round trip; their results in the same order.

        The node may work on the calls of one batch at the same time, so they must not depend on
        each other's order (transactions with nonces of their own do not).
        """
        if not calls:
            return []
        try:
            answers = self._provider.make_batch_request(
                [(RPCEndpoint(method), list(params)) for method, params in calls]
            )
        except (OSError, ValueError) as error:
            reason = type(error).__name__
            raise DevnetError(
                f"no node answers at {self.url} ({reason}): start one with `vaultsdk devnet up` "
                "or give another --rpc"
            ) from None
        if not isinstance(answers, list):
            raise DevnetError(f"the node at {self.url} refuses a batch: {_reason(answers)}")
        for (method, _), answer in zip(calls, answers, strict=True):
            if "error" in answer:
                raise DevnetError(f"the node refuses {method}: {_reason(answer)}")
        return [answer["result"] for answer in answers]

    def eth_call(self, calls: Sequence[tuple[str, bytes]], block: str = "latest") -> list[bytes]:
        """Contract reads (address, call data) in one round trip; the raw answers."""
        answers = self.batch(
            [("eth_call", [{"to": to, "data": "0x" + data.hex()}, block]) for to, data in calls]
        )
        return [bytes.fromhex(answer[2:]) for answer in answers]


def _reason(answer: Any) -> str:
    error = answer.get("error", answer) if isinstance(answer, dict) else answer
    return str(error.get("message", error) if isinstance(error, dict) else error)
