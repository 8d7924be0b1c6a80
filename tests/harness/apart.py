"""Trades and standing on a database and a server of their own: for tests that move the clock or change the policy."""
from . import dump, ledger, policies
from .trading import Trading


class Apart(Trading):
    """Trading on a database of its own, with its own server; days begin at noon of a day to come."""

    def __init__(self, run, tokens, policy, *options):
        self.run, self.tokens, self.options = run, tokens, options
        self.policy = policy
        self.database = run.seeded("apart")
        self.server, self._clients = None, {}
        super().__init__(self._client, run.cluster.connect(self.database))
        self._start()
        self.begin_day()

    def _start(self):
        path = policies.write(self.run.private_directory("policy"), self.policy)
        self.server = self.run.start(self.database, *self.options, policy=path)

    def _client(self, login):
        if login not in self._clients:
            self._clients[login] = self.server.client(self.tokens[login])
        return self._clients[login]

    def _stop(self):
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        self.run.finish(self.server)

    def run_stopped(self):
        """Stops the server; run_again() starts it, with the same policy."""
        self._stop()
        self.server = None

    def run_again(self):
        """See run_stopped()."""
        self._start()

    def again(self, policy):
        """Starts the server anew, with another policy."""
        self._stop()
        self.policy = policy
        self._start()

    def close(self):
        """Ends it all; nothing was wrong in the database."""
        self.settled()
        self._stop()
        try:
            assert dump.integrity(self.owner) == []
            assert ledger.faults(dump.take(self.owner)) == []
        finally:
            self.owner.close()
            self.run.cluster.drop(self.database)
