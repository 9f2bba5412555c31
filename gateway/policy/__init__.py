"""What a finding is, which rules run, and what follows from what they find. Pure."""
