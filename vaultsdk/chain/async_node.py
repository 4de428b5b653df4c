"""A node asked asynchronously: the same JSON-RPC as `node`, over web3's async transport."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from aiohttp import ClientError
from web3 import AsyncHTTPProvider, AsyncWeb3
from web3.types import RPCEndpoint

from vaultsdk.chain.node import TIMEOUT_S, RpcCall
from vaultsdk.chain.rpc import Block, NodeDownError, NodeError, call_params, hex_bytes, result_of
from vaultsdk.core.deployment import Deployment, check_same_chain
from vaultsdk.core.errors import LotvaultError


class AsyncNode:
    """JSON-RPC to one node. Raises NodeError (or NodeDownError) with the node's own words.

    Close it, or use it as an async context manager, so that no connection is left open.
    """

    def __init__(self, w3: AsyncWeb3[Any], name: str = "the node") -> None:
        self.w3 = w3
        self.name = name

    @classmethod
    def at(cls, url: str, timeout: float = TIMEOUT_S) -> Self:
        """The node behind an http(s) URL. Nothing is asked of it yet."""
        if not url.startswith(("http://", "https://")):
            raise NodeError(f"{url} is not a node's URL: give one with http:// or https://")
        provider = AsyncHTTPProvider(
            url, request_kwargs={"timeout": timeout}, exception_retry_configuration=None
        )
        return cls(AsyncWeb3(provider), url)

    async def request(self, method: str, *params: Any) -> Any:
        """One JSON-RPC call; its bare result."""
        return (await self.batch([(method, params)]))[0]

    async def batch(self, calls: Sequence[RpcCall]) -> list[Any]:
        """Several calls in one round trip; their results in the same order."""
        if not calls:
            return []
        requests = [(RPCEndpoint(method), list(params)) for method, params in calls]
        try:
            if len(requests) == 1:
                answers: Any = [await self.w3.provider.make_request(*requests[0])]
            else:
                answers = await self.w3.provider.make_batch_request(requests)
        except LotvaultError:
            raise
        except (ClientError, OSError, TimeoutError, ValueError) as error:
            raise NodeDownError.at(self.name, error) from error
        if not isinstance(answers, list):
            result_of(answers, "a batch of calls")
            raise NodeError(f"{self.name} does not answer batches: use another node")
        return [
            result_of(answer, method) for (method, _), answer in zip(calls, answers, strict=True)
        ]

    async def calls(
        self, calls: Sequence[tuple[str, bytes]], block: Block = "latest"
    ) -> list[bytes]:
        """`eth_call`s (address, data) at one block in one round trip."""
        asked = [("eth_call", call_params(to, data, block)) for to, data in calls]
        return [hex_bytes(answer) for answer in await self.batch(asked)]

    async def block_number(self) -> int:
        """Number of the newest block."""
        return int(await self.request("eth_blockNumber"), 16)

    async def close(self) -> None:
        """Close the connections."""
        await self.w3.provider.disconnect()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def connect(url: str, deployment: Deployment, source: str = "deployment file") -> AsyncNode:
    """The node behind a URL, checked to be on the deployment's chain. Raises as `node.connect`."""
    node = AsyncNode.at(url)
    try:
        chain_id, genesis = await node.batch(
            [("eth_chainId", []), ("eth_getBlockByNumber", ["0x0", False])]
        )
        first = genesis["hash"] if genesis else deployment.genesis_hash
        check_same_chain(deployment, int(chain_id, 16), first, source)
    except BaseException:
        await node.close()
        raise
    return node
