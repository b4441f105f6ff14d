"""Where the facts come from: OpenStack's databases, read and never written."""
