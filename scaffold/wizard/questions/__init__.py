"""The questions, section by section: each module yields those that its answers so far lead to."""
