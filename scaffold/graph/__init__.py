"""Who reaches whom: the flows of answers and of anybody's manifests, as a graph, and which rule decides."""
