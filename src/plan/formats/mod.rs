//! One file for each plan format.
//!
//! To add a format: copy the file of the nearest one, implement [`Format`], add it to [`FORMATS`] before everything
//! less specific, put a small plan of your own writing under `fixtures/plans/<name>/`, and add a row to
//! `cli/help/plans.md`.

mod agent_os;
mod backlog_json;
mod backlog_md;
mod beads;
mod bmad;
mod boxes;
mod cards;
mod ccpm;
mod checklist;
mod checks;
mod complete;
mod conductor;
mod criteria;
mod data_list;
mod fields;
mod format;
mod github_issues;
mod grouped;
mod gsd;
mod headings;
mod kiro;
pub(super) mod marks;
mod native;
mod numbered;
mod openspec;
mod orca;
mod org;
mod outline;
mod phrases;
mod plain_fields;
mod prp;
mod ralph;
mod said_order;
mod shared;
mod sisyphus;
mod spec_workflow;
mod speckit;
mod stated;
mod superpowers;
mod table_rows;
mod task_headings;
mod taskmaster;
mod todo_txt;
mod yaml_list;

pub(super) use format::{Format, MarkPlace};

/// All formats, most specific first.
pub(super) const FORMATS: &[&dyn Format] = &[
    &native::Native,
    &backlog_json::BacklogJson,
    &ralph::Ralph,
    &taskmaster::TaskMaster,
    &github_issues::GithubIssues,
    &beads::Beads,
    &yaml_list::HeadList,
    &complete::Complete,
    &gsd::Gsd,
    &ccpm::Ccpm,
    &backlog_md::BacklogMd,
    &sisyphus::Sisyphus,
    &bmad::Bmad,
    &speckit::SpecKit,
    &conductor::Conductor,
    &superpowers::Superpowers,
    &spec_workflow::SpecWorkflow,
    &kiro::Kiro,
    &agent_os::AgentOs,
    &openspec::OpenSpec,
    &prp::Prp,
    &org::Org,
    &todo_txt::TodoTxt,
    &orca::Orca,
    &table_rows::TableRows,
    &yaml_list::YamlList,
    &yaml_list::JsonList,
    &yaml_list::TomlList,
    &yaml_list::FencedList,
    &checklist::Checklist,
    &outline::Outline,
];
