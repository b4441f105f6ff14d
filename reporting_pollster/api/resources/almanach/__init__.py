"""Almanach's REST API, version 1, as its established clients know it: from the periods, and from what clients tell."""
