"""Other people's formats: what an agency's or a school's system exports, read into the register. Pure."""
