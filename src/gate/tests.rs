//! The registry, and what of gates is kept: their JSON and the digests made of it.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::journal::{RunState, read_entries};
use crate::model::{KindOptions, Oid, RunOptions, WorktreeOptions};
use crate::settings::trust::options_items;

#[test]
fn kinds_are_unique_and_described() {
    let names: BTreeSet<&str> = GATES.iter().map(|kind| kind.name()).collect();
    assert_eq!(names.len(), GATES.len());
    assert!(GATES.iter().all(|kind| !kind.about.is_empty()));
}

/// Gates as journals have them since their first format, with the digest in evidence and the key of their kept results.
const KEPT: [(&str, &str, &str); 4] = [
    (
        r#"{"name":"t","run":"true","kind":"command","report":null,"coverage":null,"paths":[],"needs":{},"timeout":1,"required":true,"on":"both"}"#,
        "88614a2775590309",
        "7f319e229f8779687e45759ea0d9d0568e89fd53151e4f308b574e36a5468f9f",
    ),
    (
        r#"{"name":"tdd","run":"","kind":"tdd","report":null,"coverage":null,"paths":["src/**"],"needs":{"db":1},"timeout":600,"required":true,"on":"task","tests":["checks/**"],"min_coverage":0.0,"detected":true,"only_reads":true,"folder":"web"}"#,
        "6c5d3a0ec8f51f7f",
        "f234c38102eefa72e80bb58ac3643ca90420f8f729ea0b5f37fa6c3833091c53",
    ),
    (
        r#"{"name":"speed","run":"make bench","kind":"performance","report":null,"coverage":null,"paths":[],"needs":{},"timeout":600,"required":false,"on":"task","min_coverage":80.0,"detected":true,"speed":{"limit":1.5,"memory_limit":2.0,"repeats":15,"build":"make","tests":true},"folder":"web","sparse":true}"#,
        "f40b632e468669b2",
        "58efb3a238056a064184743cd2fef67e1ccebaac0841885c0f339699e922a657",
    ),
    (
        r#"{"name":"r","run":"","kind":"review","report":null,"coverage":null,"paths":[],"needs":{},"timeout":600,"required":true,"on":"both","detected":true,"tools":["ruff"],"reviewer":{"agent":"x","same_agent":false},"only_reads":true}"#,
        "5c0feaac955afa24",
        "33a94679b06c865467b8fc9ee2ec8ae07dc2099e86993af54ad560d7767d2a29",
    ),
];

#[test]
fn a_kept_gate_has_the_text_digest_and_key_that_it_always_had() {
    let tree: Oid = "a".repeat(40).parse().unwrap();
    for (text, digest, key) in KEPT {
        let def: GateDef = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&def).unwrap(), text);
        assert_eq!(definition(&def), digest, "{text}");
        assert_eq!(Cache::key(&tree, &def, &WorktreeOptions::default(), "", ""), key, "{text}");
    }
}

#[test]
fn a_gate_read_from_orca_toml_is_frozen_as_ever() {
    let frozen = |keys: &str| {
        let text = format!("[gates.g]\nrun = \"bench\"\n{keys}");
        let (file, problems) = crate::settings::OrcaFile::read("orca.toml", &text, kinds());
        assert_eq!(problems, [], "{text}");
        let text = serde_json::to_string(&file.gates[0].0).unwrap();
        let (_, own) = text.split_once(r#""on":"both""#).unwrap();
        own.to_owned()
    };
    assert_eq!(frozen(""), "}");
    let speed = frozen("kind = \"performance\"");
    assert_eq!(speed, r#","speed":{"limit":1.5,"memory_limit":1.5,"repeats":15,"build":null,"tests":false}}"#);
    let review = frozen("kind = \"review\"\nagent = \"x\"\ntools = [\"ruff\"]");
    assert_eq!(review, r#","tools":["ruff"],"reviewer":{"agent":"x","same_agent":false}}"#);
    assert_eq!(frozen("kind = \"dummy\"\nforbid = \"TODO\""), r#","forbid":"TODO"}"#);
}

/// A kind's own shell texts need trust like any other, read now or frozen in a journal.
#[test]
fn the_commands_among_a_kinds_options_need_trust() {
    let text = "[gates.g]\nrun = \"bench\"\nkind = \"performance\"\nbuild = \"make all\"\n";
    let (file, problems) = crate::settings::OrcaFile::read("orca.toml", text, kinds());
    assert_eq!(problems, []);
    let options = RunOptions { gates: vec![file.gates[0].0.clone()], ..RunOptions::default() };
    let frozen: RunOptions = serde_json::from_str(&serde_json::to_string(&options).unwrap()).unwrap();
    for options in [options, frozen] {
        let items: Vec<(String, String)> =
            options_items(&options, &[], kinds()).into_iter().map(|item| (item.key, item.text)).collect();
        let expected = [("gates.g.run", "bench"), ("gates.g.build", "make all")];
        assert_eq!(items, expected.map(|(key, text)| (key.to_owned(), text.to_owned())));
    }
}

/// Journals name the gates of their run in the layout of their time; reading and writing them changes no byte.
#[test]
fn gates_of_old_journals_are_written_back_as_they_are() {
    for folder in ["v1", "v2"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/journals").join(folder).join("demo.jsonl");
        let text = std::fs::read_to_string(&path).unwrap();
        let state = RunState::replay(&read_entries(&path).unwrap()).unwrap();
        assert!(!state.info.options.gates.is_empty());
        for gate in &state.info.options.gates {
            let kept = serde_json::to_string(gate).unwrap();
            assert!(text.contains(&kept), "{kept}");
        }
    }
}

#[test]
fn what_its_kind_cannot_read_is_unchecked() {
    let text = r#"{"speed":{"limit":"much"},"forbid":7}"#;
    let own: KindOptions = serde_json::from_str(text).unwrap();
    let diff = testing::diff(&[("a.py", "x = 1\n", "x = 2\n")]);
    for kind in GATES.iter().filter(|kind| ["performance", "dummy"].contains(&kind.name())) {
        let def = GateDef { own: own.clone(), ..testing::gate(kind.keys.kind, "bench") };
        let Step::Done(judged) = judge(&def, &diff, &[]) else { panic!("{} goes on", kind.name()) };
        assert_eq!(judged.verdict, crate::model::Verdict::Unchecked);
        assert!(judged.reason.starts_with("its options cannot be read"), "{}", judged.reason);
    }
    let far = GateDef { kind: GateKind::named("far").unwrap(), ..testing::gate(GateKind::Command, "x") };
    let Step::Done(judged) = judge(&far, &diff, &[]) else { panic!() };
    assert_eq!(judged, Judged::unchecked("this version cannot judge gates of kind `far`"));
}
