"""A package, so that tests can share code; another `tests` on the path must not be taken for it."""
