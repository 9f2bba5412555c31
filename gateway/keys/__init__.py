"""Recipients' keys: certificates (S/MIME) and OpenPGP keys, found, read and checked."""
