"""From answers to the resolved, frozen system."""
