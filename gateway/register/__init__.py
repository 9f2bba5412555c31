"""Who people are: pupils, carers, staff, schools, and the indexes over them. Pure."""
