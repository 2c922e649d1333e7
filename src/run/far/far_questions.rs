//! What agents need on a host: their programs, a login, the address of their model.

use std::collections::BTreeMap;
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::agent;
use crate::model::{AgentDef, RunOptions};
use crate::process::find_program;

/// How long a host tries to reach an address.
const REACHED: Duration = Duration::from_secs(5);

/// Variables that name a proxy.
const PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// What a host is asked about agents.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AgentNeeds {
    /// Their programs.
    pub programs: Vec<String>,
    /// Kinds of agents whose program has to be logged in there, with that program: no key of theirs goes along.
    pub logins: Vec<(String, String)>,
    /// Addresses of models, as `host:port`.
    pub addresses: Vec<String>,
}

/// What it answers about logins and addresses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AgentLacks {
    /// Programs at which nobody is logged in, with what to do about it.
    pub logged_out: BTreeMap<String, String>,
    /// Addresses that it does not reach, and why.
    pub unreached: BTreeMap<String, String>,
}

impl AgentNeeds {
    /// What the agents of a run need.
    pub fn of(options: &RunOptions, env: &BTreeMap<String, String>) -> AgentNeeds {
        let mut names: Vec<&str> = options.agents.keys().map(String::as_str).collect();
        names.push(&options.agent);
        names.sort_unstable();
        names.dedup();
        let mut needs = AgentNeeds::default();
        names
            .into_iter()
            .filter(|name| !name.is_empty())
            .for_each(|name| needs.add(name, options.agents.get(name), env));
        needs.programs.sort();
        needs.programs.dedup();
        needs.addresses.sort();
        needs.addresses.dedup();
        needs
    }

    fn add(&mut self, name: &str, def: Option<&AgentDef>, env: &BTreeMap<String, String>) {
        let agent = agent::find(name, def);
        let own = def.and_then(|def| def.command.first()).filter(|program| !program.contains(['{', '/'])).cloned();
        let Some(program) = own.or_else(|| agent.program().map(str::to_owned)) else { return };
        let is_set = |key: &str| env.get(key).is_some_and(|value| !value.is_empty());
        let check = agent.login();
        let keys = check.map_or(&[][..], |check| check.keys);
        if check.is_some() && !keys.iter().any(|key| is_set(key)) {
            self.logins.push((agent.name().to_owned(), program.clone()));
        }
        // Through another provider's service it asks elsewhere.
        let elsewhere = keys.iter().any(|key| key.contains("_USE_") && is_set(key));
        if let Some(model) = agent.model_address().filter(|_| !elsewhere) {
            let named = env.get(model.variable).filter(|url| !url.is_empty());
            self.addresses.extend(named.map_or_else(|| Some(format!("{}:443", model.host)), |url| host_and_port(url)));
        }
        self.programs.push(program);
    }

    /// What of it is lacking on this machine.
    pub fn lacking_here(&self, env: &BTreeMap<String, String>) -> AgentLacks {
        let path = env.get("PATH").map(String::as_str);
        let logged_out = self.logins.iter().filter_map(|(kind, program)| {
            let check = agent::find(kind, None).login()?;
            let file = find_program(program, path, std::path::Path::new("/")).ok()?;
            (agent::is_logged_in(&check, &file, env) == Some(false)).then(|| (program.clone(), check.fix.to_owned()))
        });
        let unreached = self.addresses.iter().filter_map(|address| Some((address.clone(), unreached(address, env)?)));
        AgentLacks { logged_out: logged_out.collect(), unreached: unreached.collect() }
    }
}

/// `host:port` of an address on the web.
fn host_and_port(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    let place = rest.split(['/', '?', '#']).next()?.rsplit('@').next().filter(|place| !place.is_empty())?;
    let has_port =
        place.rsplit_once(':').is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()));
    let usual = if scheme == "http" { 80 } else { 443 };
    Some(if has_port { place.to_owned() } else { format!("{place}:{usual}") })
}

/// Why an address is not reached from here, by its proxy where there is one; none where it is.
fn unreached(address: &str, env: &BTreeMap<String, String>) -> Option<String> {
    let proxy = PROXIES.iter().find_map(|name| env.get(*name)).and_then(|url| host_and_port(url));
    let through = proxy.as_deref().map(|proxy| format!(" (by the proxy {proxy})")).unwrap_or_default();
    let places = match proxy.as_deref().unwrap_or(address).to_socket_addrs() {
        Ok(places) => places,
        Err(why) => return Some(format!("{why}{through}")),
    };
    let mut last = "it has no address".to_owned();
    for place in places {
        match TcpStream::connect_timeout(&place, REACHED) {
            Ok(_) => return None,
            Err(why) => last = why.to_string(),
        }
    }
    Some(format!("{last}{through}"))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn an_address_is_what_the_variable_says_or_the_usual_one() {
        let of = |pairs: &[(&str, &str)]| {
            let env = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            AgentNeeds::of(&RunOptions { agent: "claude".into(), ..RunOptions::default() }, &env)
        };
        let usual = of(&[]);
        assert_eq!(usual.addresses, ["api.anthropic.com:443"]);
        assert_eq!(usual.logins, [("claude".to_owned(), "claude".to_owned())]);
        assert_eq!(of(&[("ANTHROPIC_BASE_URL", "http://u:p@10.0.0.1:81/v1")]).addresses, ["10.0.0.1:81"]);
        assert_eq!(of(&[("ANTHROPIC_BASE_URL", "http://proxy.corp/a")]).addresses, ["proxy.corp:80"]);
        assert!(of(&[("ANTHROPIC_API_KEY", "k")]).logins.is_empty(), "the key goes along");
        let elsewhere = of(&[("CLAUDE_CODE_USE_BEDROCK", "1")]);
        assert!(elsewhere.addresses.is_empty() && elsewhere.logins.is_empty());
        let script = AgentNeeds::of(&RunOptions { agent: "script".into(), ..RunOptions::default() }, &BTreeMap::new());
        assert_eq!(script, AgentNeeds::default());
    }

    #[test]
    fn only_an_address_that_somebody_listens_at_is_reached() {
        let open = TcpListener::bind("127.0.0.1:0").unwrap();
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let open = open.local_addr().map(|address| (open, address.to_string())).unwrap();
        let none = BTreeMap::new();
        assert_eq!(unreached(&open.1, &none), None);
        assert!(unreached(&closed, &none).is_some());
        assert!(unreached("no-such-host.invalid:443", &none).is_some());
        let proxied = |proxy: &str| BTreeMap::from([("HTTPS_PROXY".to_owned(), format!("http://{proxy}"))]);
        assert_eq!(unreached("no-such-host.invalid:443", &proxied(&open.1)), None, "the proxy is asked");
        assert!(unreached(&open.1, &proxied(&closed)).unwrap().contains("by the proxy"));
    }
}
