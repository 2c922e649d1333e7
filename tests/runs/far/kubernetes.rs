//! The Kubernetes Job that does the same: tried on no cluster, held against the schema of Kubernetes.

use std::path::Path;

use crate::support::{TestRepo, TestRequirement, needs};

#[test]
fn the_job_is_what_kubernetes_takes() {
    let program =
        Path::new(&std::env::var("ORCA_CI_CACHE").unwrap_or_default()).join("kubernetes/bin/kubernetes-validate");
    if !program.exists() {
        needs(TestRequirement::KubernetesValidate);
        return;
    }
    let bed = TestRepo::new();
    let (lease, claim) = ("refs/orca/far/20261120-1812-k3/T1/lease", "0123456789012345678901234567890123456789");
    let args = ["work", "--print-job", "registry/orca:1", "ssh://box1/srv/a b: {x}.git", lease, "1", claim];
    let printed = bed.orca(&args).exits(0).stdout;
    let validated = |text: &str| {
        let file = bed.root().join("job.yaml");
        std::fs::write(&file, text).unwrap();
        let output = bed.command(program.to_str().unwrap()).args(["--strict"]).arg(&file).output().unwrap();
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        (output.status.success(), said)
    };
    let (fine, said) = validated(&printed);
    assert!(fine, "{said}\n{printed}");
    assert!(!validated(&printed.replace("backoffLimit: 0", "backofLimit: 0")).0, "the schema is looked at");
    assert!(!validated(&printed.replace("backoffLimit: 0", "backoffLimit: none")).0);
}
