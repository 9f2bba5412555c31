"""The web: where reviewers decide, tutors put things right, and the agency sees what happened."""
