"""The demonstration: hundreds of depositors through the 2021 to 2022 bear market on a local chain.

Runs the real contracts, the real exchange and the real keeper, then prints and draws what happened.
"""
