//! The binary: hands over to [`git_orca::cli`].

use git_orca::cli::plan::{PlanArgs, PlanFormat, run};
use git_orca::plan::{Mode, Reading};

fn main() -> std::process::ExitCode {
    let mut args = PlanArgs::default();
    let mut words = std::env::args().skip(1).filter(|word| word != "plan");
    while let Some(word) = words.next() {
        match word.as_str() {
            "--format" => {
                args.format = match words.next().as_deref() {
                    Some("json") => PlanFormat::Json,
                    Some("dot") => PlanFormat::Dot,
                    Some("mermaid") => PlanFormat::Mermaid,
                    Some("svg") => PlanFormat::Svg,
                    _ => PlanFormat::Human,
                }
            }
            "--jobs" => args.jobs = words.next().and_then(|n| n.parse().ok()),
            "--include-done" => args.reading.include_done = true,
            "--include-optional" => args.reading.include_optional = true,
            "--strict" => args.reading = Reading { mode: Mode::Strict, ..args.reading },
            "--loose" => args.reading = Reading { mode: Mode::Loose, ..args.reading },
            other => args.plan = Some(other.into()),
        }
    }
    match run(&args) {
        Ok(code) => code,
        Err(error) => std::process::ExitCode::from(error.kind.exit_code()),
    }
}
