"""One file a step, in the order that each names its predecessor."""
