"""A node: JSON-RPC without web3's formatters, in batches where it pays, with errors in one line.

web3.py brings the transport (retries, proxies, connection pools); what it adds to every answer
costs more than the answer of a small read, so answers are taken as the node gives them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Self

from requests.exceptions import RequestException
from web3 import HTTPProvider, Web3
from web3.types import RPCEndpoint

from vaultsdk.chain.rpc import (
    Block,
    NodeDownError,
    NodeError,
    block_param,
    call_params,
    hex_bytes,
    result_of,
)
from vaultsdk.core.deployment import Deployment, check_same_chain
from vaultsdk.core.errors import LotvaultError

__all__ = ["Node", "NodeDownError", "NodeError", "connect"]

TIMEOUT_S: Final = 30
RpcCall = tuple[str, Sequence[Any]]


class Node:
    """JSON-RPC to one node. Raises NodeError (or NodeDownError) with the node's own words.

    `w3` is the web3.py object for whatever is not covered here.
    """

    def __init__(self, w3: Web3, name: str = "the node") -> None:
        self.w3 = w3
        self.name = name
        self._provider = w3.provider
        self._chain_id: int | None = None

    @classmethod
    def at(cls, url: str, timeout: float = TIMEOUT_S) -> Self:
        """The node behind an http(s) URL. Nothing is asked of it yet."""
        if not url.startswith(("http://", "https://")):
            raise NodeError(f"{url} is not a node's URL: give one with http:// or https://")
        # No retries of the connection: who waits at a terminal can repeat, and a transaction must
        # never be sent twice behind our back.
        provider = HTTPProvider(
            url, request_kwargs={"timeout": timeout}, exception_retry_configuration=None
        )
        return cls(Web3(provider), url)

    def request(self, method: str, *params: Any) -> Any:
        """One JSON-RPC call; its bare result (hex strings stay strings)."""
        with self._reachable():
            answer = self._provider.make_request(RPCEndpoint(method), list(params))
        return result_of(answer, method)

    def batch(self, calls: Sequence[RpcCall]) -> list[Any]:
        """Several calls in one round trip; their results in the same order.

        Raises NodeError for the first that failed.
        """
        return [
            result_of(answer, method)
            for (method, _), answer in zip(calls, self.batch_answers(calls), strict=True)
        ]

    def batch_answers(self, calls: Sequence[RpcCall]) -> list[Any]:
        """As `batch`, but the answers as they came: each has a "result" or an "error"."""
        if not calls:
            return []
        requests = [(RPCEndpoint(method), list(params)) for method, params in calls]
        with self._reachable():
            if len(requests) == 1 or not hasattr(self._provider, "make_batch_request"):
                return [self._provider.make_request(*request) for request in requests]
            answers = self._provider.make_batch_request(requests)
        if not isinstance(answers, list):
            result_of(answers, "a batch of calls")
            raise NodeError(f"{self.name} does not answer batches: use another node")
        return answers

    def call(self, to: str, data: bytes, block: Block = "latest") -> bytes:
        """`eth_call` at a block; what the contract returned. Raises RevertedError if it reverts."""
        return hex_bytes(self.request("eth_call", *call_params(to, data, block)))

    def calls(self, calls: Sequence[tuple[str, bytes]], block: Block = "latest") -> list[bytes]:
        """`eth_call`s (address, data) at one block in one round trip."""
        rpc_calls = [("eth_call", call_params(to, data, block)) for to, data in calls]
        return [hex_bytes(answer) for answer in self.batch(rpc_calls)]

    @property
    def chain_id(self) -> int:
        """The chain's id; asked once."""
        if self._chain_id is None:
            self._chain_id = int(self.request("eth_chainId"), 16)
        return self._chain_id

    def block_number(self) -> int:
        """Number of the newest block."""
        return int(self.request("eth_blockNumber"), 16)

    def block(self, block: Block = "latest") -> dict[str, Any]:
        """A block's header with the hashes of its transactions. Raises NodeError if unknown."""
        parameter = block_param(block)
        if isinstance(parameter, dict):
            found = self.request("eth_getBlockByHash", parameter["blockHash"], False)
        else:
            found = self.request("eth_getBlockByNumber", parameter, False)
        if found is None:
            raise NodeError(f"{self.name} does not have block {block}: is it in sync?")
        return dict(found)

    @contextmanager
    def _reachable(self) -> Iterator[None]:
        """Whatever the transport throws, as one NodeDownError."""
        try:
            yield
        except LotvaultError:
            raise
        except (RequestException, OSError, ValueError) as error:
            # ValueError: what answered speaks no JSON, so it is no node.
            raise NodeDownError.at(self.name, error) from error


def connect(url: str, deployment: Deployment, source: str = "deployment file") -> Node:
    """The node behind a URL, checked to be on the deployment's chain.

    Raises NodeDownError when nothing answers, DeploymentError when it is another chain.
    """
    node = Node.at(url)
    chain_id, genesis = node.batch([("eth_chainId", []), ("eth_getBlockByNumber", ["0x0", False])])
    # A pruned node may not have its first block any more; then the chain id must do.
    first = genesis["hash"] if genesis else deployment.genesis_hash
    check_same_chain(deployment, int(chain_id, 16), first, source)
    return node
