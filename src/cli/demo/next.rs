//! What to type after the demo: every line works when it is pasted into the same shell.

use std::path::Path;

use crate::integrate::names;
use crate::journal::RunState;
use crate::process::find_program;
use crate::report::shell_word;
use crate::start::here::Here;

/// The steps, and what becomes of the repository.
pub fn steps(here: &Here, app: &Path, state: &RunState, is_kept: bool) -> String {
    let fate = if is_kept {
        "The repository stays where it is."
    } else {
        "The repository is in the temporary folder and will be deleted eventually; git orca demo --keep DIR keeps one."
    };
    let orca = program(here);
    let branch = names::integration_branch(&state.info.run);
    let mut steps = vec![
        ("Go there:", format!("cd {}", word(app))),
        ("Both attempts of task-6, and the finding between them:", format!("{orca} show task-6")),
        ("The attempt of task-7 that cheated, and why it was refused:", format!("{orca} show task-7")),
        ("What the run changed:", format!("git diff main...{branch}")),
        ("Put the result onto main:", format!("{orca} take")),
    ];
    if let Some(source) = here.env.get("CARGO_MANIFEST_DIR") {
        steps.push((
            "Install it, for your own repositories:",
            format!("cargo install --path {}", word(Path::new(source))),
        ));
    }
    // The words stand on lines of their own: behind a command, zsh would take them for arguments.
    let step = |(why, command): &(&str, String)| format!("{why}\n  {command}\n");
    format!("\n{fate}\n\n{}", steps.iter().map(step).collect::<String>())
}

/// How this program is called: `git orca` where git finds it, else by its path.
fn program(here: &Here) -> String {
    let path = here.env.get("PATH").map(String::as_str);
    if find_program("git-orca", path, &here.cwd).is_ok() {
        return "git orca".to_owned();
    }
    std::env::current_exe().map_or_else(|_| "git orca".to_owned(), |program| word(&program))
}

fn word(path: &Path) -> String {
    shell_word(&path.to_string_lossy())
}
