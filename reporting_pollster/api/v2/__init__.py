"""What the resources below /v2 have in common: how a question is read, whose data it is about, how rows are told."""
