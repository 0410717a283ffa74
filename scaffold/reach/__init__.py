"""Which flows do policies allow?"""
