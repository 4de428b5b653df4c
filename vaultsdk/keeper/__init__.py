"""The keeper's pipeline: snapshot, decide, plan, simulate, submit, track.

Decide and plan are pure functions of a snapshot taken at one block hash; only the outer steps touch
the chain. A harvest that landed is never sent twice.
"""
