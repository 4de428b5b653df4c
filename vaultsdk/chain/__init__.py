"""The chain side: the typed vault client, batched reads, event reader, networks and packaged ABIs.

This is the lowest layer that talks to a node; what it returns are models of `vaultsdk.core`.
"""
