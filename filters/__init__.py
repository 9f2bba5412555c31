"""The rules that come with Chaperone: one file a rule, named by the rule's id."""
