"""What no pod needs that is no part of a node: the known ways from a pod to its node."""
