"""Registers a name that another package registers too."""

from harness.derainer import Derainer, DerainerFacts


class Twin(Derainer):
    facts = DerainerFacts(title="Twin one")

    def restore(self, rainy):
        return rainy
