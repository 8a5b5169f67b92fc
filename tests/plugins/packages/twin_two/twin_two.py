"""Registers a name that another package registers too."""

from harness.derainer import Derainer, DerainerFacts


class Twin(Derainer):
    facts = DerainerFacts(title="Twin two")

    def restore(self, rainy):
        return rainy
