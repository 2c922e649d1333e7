//! Where the tests of a task go, as the repository has its other tests.

use super::library::Library;
use crate::model::Task;
use crate::project::Project;

/// The test file for the first file of code that a task changes; none where the language or the repository does not say.
pub(super) fn test_beside(task: &Task, project: &Project, library: &Library) -> Option<String> {
    task.files.iter().map(|file| file.path.as_str()).find_map(|path| test_of(path, project, library))
}

fn test_of(path: &str, project: &Project, library: &Library) -> Option<String> {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let (stem, ending) = name.rsplit_once('.')?;
    let beside = |name: String| if folder.is_empty() { name } else { format!("{folder}/{name}") };
    let tests = |name: &str| {
        let folder = project.test_folders.first().map_or("tests", |folder| folder.trim_end_matches('/'));
        format!("{folder}/{name}")
    };
    Some(match ending {
        "py" if stem != "__init__" && stem != "conftest" => tests(&format!("test_{stem}.py")),
        "go" => beside(format!("{stem}_test.go")),
        "ts" | "tsx" | "js" | "jsx" | "mjs" if !stem.ends_with(".d") && !stem.ends_with("config") => {
            let spec = library.any_file(|name| name.contains(".spec."));
            beside(format!("{stem}.{}.{ending}", if spec { "spec" } else { "test" }))
        }
        // Unit tests of Rust stand in the file itself.
        "rs" => path.to_owned(),
        "rb" if library.any_file(|name| name.ends_with("_spec.rb")) => format!("spec/{stem}_spec.rb"),
        "rb" => format!("test/{stem}_test.rb"),
        "java" | "kt" => path.replace("src/main/", "src/test/").replace(name, &format!("{stem}Test.{ending}")),
        "cs" => tests(&format!("{stem}Tests.cs")),
        "ex" => path.replacen("lib/", "test/", 1).replace(name, &format!("{stem}_test.exs")),
        "php" => format!("tests/{stem}Test.php"),
        _ => return None,
    })
}
