"""Exact integer pool maths: Uniswap V2 and V3 quotes, price impact and split routing.

A pool is a snapshot taken at one block; given the same snapshot, a quote is the same number that
the pool's own contract would return. No I/O: reading the snapshot is the business of `chain`.
"""
