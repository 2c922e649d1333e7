//! The binary: hands over to [`git_orca::cli`].

fn main() -> std::process::ExitCode {
    git_orca::cli::main()
}
