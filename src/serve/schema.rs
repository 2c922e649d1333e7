//! What a client is told of a tool: its arguments as a JSON Schema, and what it may do.

use std::sync::Arc;

use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde_json::{Value, json};

use super::scope::ServeScope;
use super::tool::{ParamKind, ServedTool, ToolAccess, ToolParam};

/// The tool as it is listed.
pub fn listed(tool: &ServedTool, scope: &ServeScope) -> Tool {
    let hints = ToolAnnotations::with_title(tool.title)
        .read_only(tool.access == ToolAccess::Read)
        .destructive(!tool.can_stop())
        .idempotent(tool.access == ToolAccess::Read)
        .open_world(tool.name == "execute" || tool.name == "resume");
    Tool::new(tool.name, tool.about, Arc::new(schema(tool, scope))).with_title(tool.title).with_annotations(hints)
}

fn schema(tool: &ServedTool, scope: &ServeScope) -> JsonObject {
    let params = || tool.params.iter().filter(|param| !scope.fixes(param.name));
    let properties: JsonObject = params().map(|param| (param.name.to_owned(), property(param))).collect();
    let required: Vec<&str> = params().filter(|param| param.is_required).map(|param| param.name).collect();
    let mut schema = JsonObject::new();
    schema.insert("type".to_owned(), "object".into());
    schema.insert("properties".to_owned(), properties.into());
    schema.insert("required".to_owned(), required.into());
    schema.insert("additionalProperties".to_owned(), false.into());
    schema
}

fn property(param: &ToolParam) -> Value {
    let mut property = match param.kind {
        ParamKind::Text(_) | ParamKind::Word | ParamKind::Part => json!({"type": "string", "minLength": 1}),
        ParamKind::Texts(_) | ParamKind::Words => {
            json!({"type": "array", "items": {"type": "string", "minLength": 1}})
        }
        ParamKind::OneOf(_, all) => json!({"type": "string", "enum": all}),
        ParamKind::Count(_) | ParamKind::Seconds => json!({"type": "integer", "minimum": 1}),
        ParamKind::Money(_) => json!({"type": "number", "minimum": 0}),
        ParamKind::Switch(_) => json!({"type": "boolean"}),
    };
    property["description"] = param.about.into();
    property
}
