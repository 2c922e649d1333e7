//! Reading text that people and models wrote: lines of Markdown, references to tasks, paths, front matter, JSON with
//! places. Knows no format; every function is linear in its input.

mod citing;
mod environment;
mod front_matter;
mod grammar;
mod json;
mod kind;
mod lexer;
mod lines;
mod named;
mod outline;
mod paths;
mod pictured;
mod references;
mod relations;
mod toml;
mod wires;
mod yaml;

pub(super) use citing::{PathRole, paths_with_roles};
pub(super) use front_matter::{FrontMatter, front_matter};
pub(super) use grammar::{Grammar, Group, Part, Relation};
pub(super) use json::{Located, Node};
pub(super) use kind::{exact_minutes, kind_of, minutes, minutes_in, priority_of};
pub(super) use lines::{Boxed, Line, Shape, quoted_box, scan};
pub(super) use named::{named_in, quoted_names};
pub(super) use outline::{
    Block, ID_DIGITS, blocks, is_struck, leading_id, numbered, plain_title, task_title, without_links,
};
pub(crate) use paths::named_paths;
pub(super) use paths::{absolute_paths, path_of};
pub(super) use pictured::TICK;
pub(super) use references::{Clause, References};
pub(super) use toml::toml;
pub(super) use wires::{Wire, wires};
pub(crate) use yaml::{YamlNode, YamlValue, yaml};
