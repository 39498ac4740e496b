"""LocalStack on the loopback address alone: its server takes the host that it is told for a name of its own, and would listen
on every address of the machine."""

import runpy

from twisted.internet import endpoints

listen = endpoints.TCP4ServerEndpoint


def on_loopback(reactor, port, **options):
    return listen(reactor, port, **{**options, "interface": "127.0.0.1"})


endpoints.TCP4ServerEndpoint = on_loopback
runpy.run_module("localstack.runtime.main", run_name="__main__")
