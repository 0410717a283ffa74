"""The readers of foreign files: a module for each format, and the folder is their registry.

`FILES` are the names of its files, in the folder that is looked at: the first one that is there is read, or, where
`EACH` is true, every one. `read(text)` yields what is found, in the order in which it was written.
"""
