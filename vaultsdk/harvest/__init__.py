"""Economics of a harvest: when a cohort's loss is worth its gas, fees and price impact.

Decisions are pure functions of a snapshot. Every cohort that is not harvested gets a refusal with
its reason and its numbers.
"""
