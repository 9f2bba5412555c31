"""What review is about: held messages, who decided what, and what stood against it. Pure."""
