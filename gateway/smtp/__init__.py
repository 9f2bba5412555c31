"""Between sockets and the pipeline: mail in, mail out."""
