"""What people read: SMTP replies, explanations, passphrases, reports."""
