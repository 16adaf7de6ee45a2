"""Odoo's own program as a file with a path.

A server with several processes starts its process for long polling as `python <this file> gevent`; started with
`-m odoo` that file would be `odoo/__main__.py`, which fails as a program, again and again.
"""

import odoo.cli

if __name__ == "__main__":
    odoo.cli.main()
