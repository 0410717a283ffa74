"""scaffold: declare what a service is, get a hardened and verified Kubernetes bundle.

The functions to build on are in `scaffold.api`. This module stays empty, so that stock cookiecutter can import our
Jinja extension without the rest.
"""

__version__ = "0.1.0"
