"""`python -m scaffold`: the command line."""

from scaffold.cli.main import main

main()
