"""What is in a file and whether it is locked: decided from its bytes, in worker processes."""
