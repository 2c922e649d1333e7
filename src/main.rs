//! The binary: hands over to [`git_orca::cli`].

fn main() -> std::process::ExitCode {
    let mut args = std::env::args_os().skip(1);
    match args.next() {
        Some(first) if first == git_orca::process::launch::SUBCOMMAND => git_orca::process::launch::main(args),
        _ => std::process::ExitCode::SUCCESS,
    }
}
