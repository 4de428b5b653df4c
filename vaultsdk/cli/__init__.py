"""The `vaultsdk` command line: one module per command group.

Commands only parse, call the layers below and print; each error a user can cause ends as one line
that says what to do, with a non-zero exit code.
"""
