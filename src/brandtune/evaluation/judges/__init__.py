"""Judges that compare two texts: a local model's label tokens, or any endpoint; and how far people agree with them.

Read `pairwise` next. A judge never decides the primary metric unless its agreement with people clears the bar.
"""
