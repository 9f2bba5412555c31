"""Readers: one file per family of formats, each a function of bytes and the place to report to."""
