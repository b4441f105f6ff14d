"""The resources below /v2."""
