"""What third parties wrote, evaluated in a process that reaches nothing and is ended when it takes too much."""
