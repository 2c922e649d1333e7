//! The binary: hands over to [`git_orca::cli`].

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    git_orca::cli::main()
}

#[cfg(not(unix))]
compile_error!("git orca needs a Unix system: on Windows, install it inside WSL (Windows Subsystem for Linux)");

#[cfg(not(unix))]
fn main() {}
