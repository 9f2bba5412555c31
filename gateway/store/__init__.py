"""What must outlive the process: held messages, the outbox, accounts, the register, the audit trail."""
