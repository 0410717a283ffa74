"""How answers that are lists are typed on one line, and spelled again: a module for each kind of them."""
