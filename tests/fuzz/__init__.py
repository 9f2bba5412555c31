"""Any bytes, over the dialogue and over the MIME walk: `make fuzz SECONDS=600`."""
