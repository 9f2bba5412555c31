"""The console as documented JSON under /api/v1: the same actions under the same rules, for programs."""
