//! Files of one module use each other in one direction only. What several need lies in a file that none of them is.

use super::imports::{Crate, circles};
use super::{ORDER, is_test, sources};

#[test]
fn files_of_a_module_use_each_other_in_one_direction() {
    let all = sources();
    let read = Crate::read(all.iter().filter(|(path, _)| !is_test(path)).map(|(path, text)| (path.as_path(), &**text)));
    let mut wrong = Vec::new();
    for module in ORDER {
        let edges = read.edges(module);
        for circle in circles(&edges) {
            let uses = |from: &String| {
                let to: Vec<_> = edges[from].intersection(&circle).cloned().collect();
                format!("    {from} uses {}", to.join(", "))
            };
            wrong.push(format!("a circle:\n{}", circle.iter().map(uses).collect::<Vec<_>>().join("\n")));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
