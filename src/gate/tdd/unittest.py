# The runner of tests that comes with Python, with a JUnit report beside its words: python -c TEXT REPORT ARGUMENTS [-- FILES].
# It has no single quotes, so that a shell takes it as one word.
import os, re, sys, unittest
from xml.sax.saxutils import escape, quoteattr

if sys.path[:1] == [""]:
    sys.path[0] = os.getcwd()
root = os.path.realpath(os.getcwd())
report = os.path.abspath(sys.argv[1])
words, files = sys.argv[2:], None
if "--" in words:
    at = len(words) - 1 - words[::-1].index("--")
    words, files = words[:at], words[at + 1:]
sys.argv = ["python -m unittest"] + words


def leaves(suite):
    for one in suite:
        if isinstance(one, unittest.suite.BaseTestSuite):
            yield from leaves(one)
        else:
            yield one


def file_of(test):
    file = getattr(sys.modules.get(type(test).__module__), "__file__", None)
    file = os.path.relpath(os.path.realpath(file), root) if file else ".."
    return "" if file.startswith("..") else file


def named(test):
    file = file_of(test)
    if not file or type(test).id is not unittest.TestCase.id:
        module, _, name = test.id().rpartition(".")
        return module, name, file
    module = re.sub("(/__init__)?[.]py$", "", file).replace("/", ".")
    return module + "." + type(test).__qualname__, test._testMethodName, file


def is_unloaded(test):
    return type(test).__name__ in ("_FailedTest", "ModuleImportFailure", "LoadTestsFailure")


class Result(unittest.TextTestResult):
    RANKS = ["passed", "skipped", "failed"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.ended = {}
        self.around = []

    def note(self, test, outcome, message="", text=""):
        if isinstance(test, unittest.suite._ErrorHolder):
            self.around.append([test.description, outcome, message, text, False])
            return
        test = getattr(test, "test_case", test)
        known = self.ended.get(id(test))
        if known is None or self.RANKS.index(outcome) > self.RANKS.index(known[0]):
            self.ended[id(test)] = (outcome, message, text)

    def failed(self, test, err):
        self.note(test, "failed", "%s: %s" % (err[0].__name__, str(err[1])[:2000]), self._exc_info_to_string(err, test))

    def addSuccess(self, test):
        super().addSuccess(test)
        self.note(test, "passed")

    def addError(self, test, err):
        super().addError(test, err)
        self.failed(test, err)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.failed(test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.failed(test, err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.note(test, "skipped", str(reason))

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self.note(test, "skipped", "expected failure")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.note(test, "failed", "Unexpected success", "it is marked as an expected failure, and passed")

    def end_of(self, test):
        if id(test) in self.ended:
            return self.ended[id(test)]
        places = ["(%s)" % unittest.util.strclass(type(test)), "(%s)" % type(test).__module__]
        for one in self.around:
            if one[0].startswith("setUp") and any(one[0].endswith(place) for place in places):
                one[4] = True
                return one[1:4]
        return ("unrun", "", "the run ended before it")


def case(where, outcome, message, text):
    attributes = "".join(" %s=%s" % (key, quoteattr(value)) for key, value in where if value)
    inside = "" if outcome == "passed" else "<skipped message=%s/>" % quoteattr(message)
    if outcome in ("failed", "unrun"):
        message = message if outcome == "failed" else "collection failure"
        inside = "<failure message=%s>%s</failure>" % (quoteattr(message), escape(text))
    return "<testcase%s>%s</testcase>" % (attributes, inside)


def cases(result, tests):
    for test in tests:
        outcome, message, text = result.end_of(test)
        if is_unloaded(test):
            yield case([("name", test._testMethodName)], "unrun", message, text or message)
        else:
            module, name, file = named(test)
            yield case([("classname", module), ("name", name), ("file", file)], outcome, message, text)
    for name, outcome, message, text, told in result.around:
        if not told and outcome == "failed":
            yield case([("name", name)], "unrun", message, text)


class Runner(unittest.TextTestRunner):
    resultclass = Result

    def run(self, suite):
        tests = list(leaves(suite))
        if files is not None:
            tests = [test for test in tests if file_of(test) in files or is_unloaded(test)]
            suite = unittest.TestSuite(tests)
        result = super().run(suite)
        told = "\n".join(cases(result, tests))
        told = re.sub("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", told)
        with open(report, "w", encoding="utf-8") as file:
            file.write("<testsuite name=\"unittest\">\n%s\n</testsuite>\n" % told)
        return result


unittest.main(module=None, argv=sys.argv, testRunner=Runner)
