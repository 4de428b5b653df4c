"""The keeper: snapshot -> decide -> plan -> simulate -> submit -> track.

Decide and plan are pure functions of a snapshot taken at one block hash; the rest is a thin shell
around them. Every cohort that is not harvested has a typed reason with its numbers.
"""
