"""Runs standard-library tests and writes '<outcome> <test>' lines, sorted: what two runs must agree on."""
import sys
import unittest


class Recorder(unittest.TextTestResult):
    def __init__(self, *args):
        super().__init__(*args)
        self.outcomes = []

    def addSuccess(self, test):
        super().addSuccess(test)
        self.outcomes.append(f"ok {test.id()}")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.outcomes.append(f"skipped {test.id()}")


def main():
    target, names = sys.argv[1], sys.argv[2:]
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    result = unittest.TextTestRunner(resultclass=Recorder).run(suite)
    with open(target, "w") as f:
        f.write("\n".join(sorted(result.outcomes)) + f"\n{result.testsRun} run\n")
    sys.exit(0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
