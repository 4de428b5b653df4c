"""The demo: a bear market on a local chain, harvested by the keeper, every number explained."""
