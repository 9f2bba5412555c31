"""Whether a text holds special-category data about an identifiable child, and why. Pure."""
