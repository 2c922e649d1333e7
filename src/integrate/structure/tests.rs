use super::*;

type Row<'t> = (&'t str, &'t str, &'t str, &'t str, Option<&'t str>);

/// Path, base, ours, theirs, and what is meant; none: somebody has to say.
const ROWS: [Row<'_>; 14] = [
    (
        "a.json",
        "{\n  \"a\": 1\n}\n",
        "{\n  \"a\": 1,\n  \"b\": 2\n}\n",
        "{\n  \"a\": 1,\n  \"c\": 3\n}\n",
        Some("{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3\n}\n"),
    ),
    ("a.json", "{\n  \"a\": 1\n}\n", "{\n  \"a\": 1,\n  \"b\": 2\n}\n", "{\n  \"a\": 1,\n  \"b\": 3\n}\n", None),
    (
        "a.json",
        "{\n  \"a\": 1,\n  \"b\": 1\n}\n",
        "{\n  \"a\": 2,\n  \"b\": 1\n}\n",
        "{\n  \"a\": 1,\n  \"b\": 2\n}\n",
        Some("{\n  \"a\": 2,\n  \"b\": 2\n}\n"),
    ),
    ("a.toml", "[a]\nb = 1\nc = 1\n", "[a]\nb = 2\nc = 1\n", "[a]\nb = 1\nc = 2\n", Some("[a]\nb = 2\nc = 2\n")),
    ("a.toml", "[a]\nb = 1\n", "[a]\nb = 1\n\n[x]\nv = 1\n", "[a]\nb = 1\nw = 2\n", None),
    (
        "package-lock.json",
        "{\n  \"a\": 1\n}\n",
        "{\n  \"a\": 1,\n  \"b\": 2\n}\n",
        "{\n  \"a\": 1,\n  \"c\": 3\n}\n",
        None,
    ),
    ("a.py", "import a\n", "import a\nimport b\n", "import a\nimport c\n", Some("import a\nimport b\nimport c\n")),
    ("a.py", "import a\n", "import a\na.one()\n", "import a\na.two()\n", None),
    ("a.py", "x = 1\n", "x = 1\n\n\ndef f():\n    return 1\n", "x = 1\n\n\ndef f():\n    return 2\n", None),
    ("requirements.txt", "a==1\n", "a==1\nb==1\n", "a==1\nc==1\n", Some("a==1\nb==1\nc==1\n")),
    ("requirements.txt", "a==1\n", "a==1\nb==1\n", "a==1\nb==2\n", None),
    ("CHANGELOG.md", "# Log\n\n- a\n", "# Log\n\n- b\n- a\n", "# Log\n\n- c\n- a\n", Some("# Log\n\n- b\n- c\n- a\n")),
    ("CHANGELOG.md", "# Log\n\n- a\n", "# Log\n\n## 2\n\n- b\n- a\n", "# Log\n\n## 3\n\n- c\n- a\n", None),
    ("README.md", "a\n", "a\nb\n", "a\nc\n", None),
];

#[test]
fn what_can_only_be_meant_in_one_way_is_solved_and_nothing_else() {
    for (path, base, ours, theirs, meant) in ROWS {
        assert_eq!(solved(path, &ThreeTexts { base, ours, theirs }).as_deref(), meant, "{path}: {ours}");
    }
}
