"""What can happen to a vault, by who does it. Each class adds rules to the machine."""
