"""A local chain with the real exchanges: anvil, Uniswap V2 and V3, tokens, feeds and pools.

Starts the node, deploys everything, writes one deployment file, and can replay a price series while
an arbitrage trader keeps the pools in line with the feeds.
"""
