"""What a message is: envelope, addresses, headers, MIME parts. Pure: bytes in, values out."""
