//! What a hub's address says of where it lies.

/// Where a hub lies on `host`, whose address says that it lies there; none where the address does not say so.
pub fn path_on<'a>(hub: &'a str, host: &str) -> Option<&'a str> {
    let path = hub.strip_prefix("ssh://")?.strip_prefix(host).filter(|_| !host.is_empty())?;
    (path.starts_with('/') && !path.starts_with("/~") && !path.contains('%')).then_some(path)
}

/// The host in a hub's address; empty for a path.
pub fn host_of(hub: &str) -> &str {
    hub.strip_prefix("ssh://").and_then(|rest| rest.split('/').next()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_finds_the_hub_that_lies_on_it_by_path() {
        assert_eq!(path_on("ssh://box1/srv/orca.git", "box1"), Some("/srv/orca.git"));
        assert_eq!(path_on("ssh://ada@box1/srv/orca.git", "ada@box1"), Some("/srv/orca.git"));
        for (hub, host) in [
            ("ssh://box1/srv/orca.git", "box2"),
            ("ssh://box10/srv", "box1"),
            ("ssh://box1:22/srv", "box1"),
            ("ssh://box1/~/orca.git", "box1"),
            ("ssh://box1/a%20b", "box1"),
            ("ssh://git@box1/srv", "box1"),
            ("/srv/orca.git", ""),
            ("ssh:///srv", ""),
        ] {
            assert_eq!(path_on(hub, host), None, "{hub} {host}");
        }
        assert_eq!((host_of("ssh://ada@box1/srv"), host_of("/srv")), ("ada@box1", ""));
    }
}
