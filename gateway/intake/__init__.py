"""How people come into the register: files, drop folders, and the snapshot that is in use."""
