//! A Kubernetes Job that does one job of a hub. Nobody has tried it on a cluster; what it asks of one is in its comments.

use crate::model::{Error, ErrorKind, Result};

/// Where the Job's secrets lie, by the names that agents expect.
const SECRET: &str = "git-orca";

/// The manifest. `words` are image, hub, lease, attempt and claim.
///
/// # Errors
/// A word is missing, or cannot stand in a manifest.
pub fn manifest(words: &[String]) -> Result<String> {
    let wrong = |cause: &str| Error::new(ErrorKind::Usage, "writing a Kubernetes Job", cause);
    let [image, hub, lease, n, claim] = words else {
        return Err(wrong("it is `--print-job IMAGE HUB LEASE ATTEMPT CLAIM`"));
    };
    if words.iter().any(|word| word.chars().any(char::is_control)) {
        return Err(wrong("its words are one line each"));
    }
    let short = claim.get(..12).unwrap_or(claim).to_ascii_lowercase();
    if short.is_empty() || !short.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong(&format!("`{claim}` is no commit")));
    }
    // JSON's texts are YAML's.
    let text = |word: &str| serde_json::Value::from(word).to_string();
    let args: String =
        ["work", "--job", hub, lease, n, claim].map(|word| format!("            - {}\n", text(word))).concat();
    Ok(format!(
        "# Not tried on a cluster. The image needs git orca, git and the agent; the Secret `{SECRET}` holds ORCA_WORK_KEY\n\
         # and the agents' keys, by name; the hub must be reachable from the pod.\n\
         apiVersion: batch/v1\n\
         kind: Job\n\
         metadata:\n\
         \x20 name: git-orca-{short}\n\
         spec:\n\
         \x20 # An attempt is made once: who makes it again takes another lease.\n\
         \x20 backoffLimit: 0\n\
         \x20 ttlSecondsAfterFinished: 86400\n\
         \x20 template:\n\
         \x20   spec:\n\
         \x20     restartPolicy: Never\n\
         \x20     terminationGracePeriodSeconds: 60\n\
         \x20     containers:\n\
         \x20       - name: work\n\
         \x20         image: {}\n\
         \x20         command: [\"git-orca\"]\n\
         \x20         args:\n{args}\
         \x20         envFrom:\n\
         \x20           - secretRef:\n\
         \x20               name: {SECRET}\n\
         \x20         resources:\n\
         \x20           requests: {{cpu: \"1\", memory: 2Gi}}\n",
        text(image)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: [&str; 5]) -> Vec<String> {
        words.map(str::to_owned).to_vec()
    }

    #[test]
    fn its_words_cannot_change_what_it_says() {
        let claim = "0123456789012345678901234567890123456789";
        let text = manifest(&words(["registry/orca:1", "ssh://box1/hub: {x}", "refs/orca/far/r/T1/lease", "1", claim]))
            .unwrap();
        assert!(
            text.contains("name: git-orca-012345678901\n") && text.contains("            - \"ssh://box1/hub: {x}\"\n")
        );
        assert!(text.starts_with("# Not tried on a cluster."));
        assert!(!text.contains("ORCA_WORK_KEY="));
        assert!(manifest(&words(["i", "h\nx", "l", "1", claim])).is_err());
        assert!(manifest(&words(["i", "h", "l", "1", "../x"])).is_err());
        assert!(manifest(&[]).is_err());
    }
}
