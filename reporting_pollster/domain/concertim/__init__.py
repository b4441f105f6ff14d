"""What Concertim should show of a cloud, and what has to be done for it: plain values, nothing is asked or sent.

`wanted` is made from rows of the reporting database, `present` is what Concertim has, `plan` is the difference between
the two, in an order in which it can be applied safely.
"""
