"""From facts to periods: what a resource was, from when to when, and how that is known.

Pure functions, insensitive to the order in which facts arrived: any permutation gives the same periods.
"""
