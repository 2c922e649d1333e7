//! What a performance gate measures and allows, as `orca.toml` says it and as it is frozen.

use serde::{Deserialize, Serialize};

use crate::model::{GateDef, GateKind, KindOptions};
use crate::settings::{GateKeys, SettingsTable};

/// What others know of the kind.
pub(super) const KEYS: GateKeys = GateKeys {
    kind: GateKind::Performance,
    names: &["limit", "memory_limit", "repeats", "build", "measure"],
    read,
    commands: |def| {
        let build = Speed::of(def).ok().and_then(|speed| speed.build);
        build.map(|build| ("build", build)).into_iter().collect()
    },
    wants: |def| match Speed::of(def) {
        Ok(speed) => format!(" takes at most {} times as long as before", speed.limit),
        Err(_) => String::new(),
    },
};

/// What a performance gate measures and allows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Speed {
    /// Most wall time of the head, as a multiple of the base's.
    pub limit: f64,
    /// Most memory of the head, as a multiple of the base's.
    pub memory_limit: f64,
    /// Pairs of measurements at most before the result counts as too noisy.
    pub repeats: u32,
    /// Shell text run before each measurement, and not measured.
    pub build: Option<String>,
    /// Whether the command runs tests: those of the base are measured on both trees.
    pub tests: bool,
}

impl Default for Speed {
    /// 1.5 for both (TRANSCRIPTS b). Of fifteen pairs three outliers at each end do not matter; a quiet machine needs three
    /// to agree.
    fn default() -> Self {
        Speed { limit: 1.5, memory_limit: 1.5, repeats: 15, build: None, tests: false }
    }
}

/// The options as they lie in a gate.
#[derive(Default, Serialize, Deserialize)]
struct PerformanceOptions {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    speed: Option<Speed>,
}

impl Speed {
    /// What a gate measures and allows; the default where it says nothing.
    ///
    /// # Errors
    /// What is frozen cannot be read.
    pub fn of(def: &GateDef) -> Result<Speed, String> {
        def.own.thaw::<PerformanceOptions>().map(|options| options.speed.unwrap_or_default())
    }

    /// As a gate keeps it.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn frozen(self) -> Result<KindOptions, String> {
        KindOptions::freeze(&PerformanceOptions { speed: Some(self) })
    }
}

/// Fills in what a performance gate without a command measures: the tests, by this command and this `build`. What is
/// frozen and cannot be read stays, and is unchecked.
pub fn measure_tests(def: &mut GateDef, run: &str, build: Option<&str>) {
    run.clone_into(&mut def.run);
    let filled = Speed::of(def).and_then(|mut speed| {
        speed.build = speed.build.or_else(|| build.map(str::to_owned));
        speed.frozen()
    });
    if let Ok(own) = filled {
        def.own = own;
    }
}

/// Each is two runs of the command, and the gate gives up after 64 rounds.
const MOST_REPEATS: u32 = 50;

fn read(table: &SettingsTable<'_, '_>, def: &mut GateDef) {
    let usual = Speed::default();
    let limit = |key: &str, usual: f64| match table.float(key) {
        Some((limit, at)) if !(limit >= 1.0 && limit.is_finite()) => {
            let what = format!("`{key}` is a multiple of the base's, at least 1, not {limit}");
            table.error(at, what, "1.5 allows half as much again");
            usual
        }
        Some((limit, _)) => limit,
        None => usual,
    };
    let measure = |text: &str| match text {
        "benchmark" => Ok(false),
        "tests" => Ok(true),
        _ => Err(format!("`{}` is neither `benchmark` nor `tests`", text.escape_debug())),
    };
    let speed = Speed {
        limit: limit("limit", usual.limit),
        memory_limit: limit("memory_limit", usual.memory_limit),
        repeats: repeats(table).unwrap_or(usual.repeats),
        build: table.text("build").map(|(text, _)| text),
        // Without a command the project's tests are measured.
        tests: table.read("measure", measure).unwrap_or(def.run.trim().is_empty()),
    };
    match speed.frozen() {
        Ok(own) => def.own = own,
        Err(cause) => table.error(table.place(), cause, ""),
    }
}

fn repeats(table: &SettingsTable<'_, '_>) -> Option<u32> {
    let (repeats, at) = table.number_at("repeats")?;
    if repeats > MOST_REPEATS {
        table.error(at, format!("`repeats` is at most {MOST_REPEATS}"), "");
        return None;
    }
    Some(repeats)
}
