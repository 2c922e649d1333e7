//! The server: lists, calls, reads.

use std::path::PathBuf;
use std::sync::Arc;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, Implementation, ListResourceTemplatesResult,
    ListResourcesResult, ListToolsResult, PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse,
    ReadResourceResult, ResourceContents, ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::{Map, Value};
use tokio::sync::{Semaphore, watch};

use super::answer;
use super::call::{self, CommandCall};
use super::resources;
use super::schema;
use super::scope::ServeScope;
use super::tool::ServedTool;
use super::tools::TOOLS;
use super::uri::ResourceAddress;
use super::words::command_words;
use crate::start::here::Here;

/// Commands that run at once for one client; the others wait.
pub const PLACES: u32 = 8;

/// What a client is told about the server as a whole.
const INSTRUCTIONS: &str = "git orca runs an implementation plan with coding agents: one git worktree and branch a task, \
gates that prove it, merged in dependency order. `plan` reads a plan, `status` tells how a run stands and what needs a \
person. Answers are the JSON that the commands of `git orca` print.";

/// What an agent inside an attempt is told.
const INSTRUCTIONS_INSIDE: &str = "You work on one task of a git orca run. `task` is your own task with the findings on \
earlier attempts, `deliveries` is what its sibling tasks changed, `conflicts` is where your work would clash with theirs.";

/// The server of one client.
#[derive(Debug)]
pub struct OrcaServer {
    cwd: PathBuf,
    scope: ServeScope,
    places: Arc<Semaphore>,
    closed: watch::Receiver<bool>,
}

impl OrcaServer {
    /// A server for commands in `cwd`; calls that can be broken off end when `closed` turns true.
    pub fn new(cwd: PathBuf, scope: ServeScope, places: Arc<Semaphore>, closed: watch::Receiver<bool>) -> OrcaServer {
        OrcaServer { cwd, scope, places, closed }
    }

    async fn called(
        &self,
        tool: &ServedTool,
        given: Map<String, Value>,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResult, ErrorData> {
        if !self.scope.offers(tool) {
            return Ok(answer::refused(self.scope.refusal(tool)));
        }
        let call = self.scope.arguments(tool, given).and_then(|given| Ok((command_words(tool, &given)?, given)));
        let (call, arguments) = match call {
            Ok(call) => call,
            Err(why) => return Ok(answer::refused(why)),
        };
        let can_stop = tool.can_stop();
        let command = CommandCall { cwd: &self.cwd, words: &call.words, can_stop, wait: call.wait };
        let _place =
            self.places.acquire().await.map_err(|_| ErrorData::internal_error("the server is ending", None))?;
        let said = call::run(&command, context, self.closed.clone()).await.map_err(internal)?;
        Ok(answer::of_command(tool, &arguments, &said, call.wait.is_some()))
    }
}

fn internal(error: crate::model::Error) -> ErrorData {
    ErrorData::internal_error(error.sentence(), None)
}

impl ServerHandler for OrcaServer {
    fn get_info(&self) -> ServerConfig {
        let (tools, is_inside) = (ServerCapabilities::builder().enable_tools(), self.is_inside());
        let capabilities = if is_inside { tools.build() } else { tools.enable_resources().build() };
        let server = Implementation::new("git-orca", env!("CARGO_PKG_VERSION"));
        ServerConfig::new(capabilities).with_server_info(server).with_instructions(if is_inside {
            INSTRUCTIONS_INSIDE
        } else {
            INSTRUCTIONS
        })
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = self.scope.tools().map(|tool| schema::listed(tool, &self.scope)).collect();
        Ok(ListToolsResult::with_all_items(tools))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = TOOLS.iter().find(|tool| tool.name == request.name) else {
            let near = crate::settings::nearest(&request.name, self.scope.tools().map(|tool| tool.name));
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(ErrorData::invalid_params(format!("there is no tool `{}`{hint}", request.name), None));
        };
        Ok(self.called(tool, request.arguments.unwrap_or_default(), &context).await?.into())
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        self.outside("resources/list")?;
        let cwd = self.cwd.clone();
        let listed = tokio::task::spawn_blocking(move || Here::at(&cwd).map(|here| resources::listed(&here)));
        let listed = listed.await.map_err(|e| ErrorData::internal_error(e.to_string(), None))?;
        Ok(ListResourcesResult::with_all_items(listed.map_err(internal)?))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        self.outside("resources/templates/list")?;
        Ok(ListResourceTemplatesResult::with_all_items(resources::templates()))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        self.outside("resources/read")?;
        let nothing = |why: String| ErrorData::resource_not_found(why, Some(serde_json::json!({"uri": request.uri})));
        let Some(address) = ResourceAddress::read(&request.uri) else {
            return Err(nothing(format!("`{}` is no address of git orca", request.uri)));
        };
        let words = address.command();
        let command = CommandCall { cwd: &self.cwd, words: &words, can_stop: true, wait: None };
        let _place =
            self.places.acquire().await.map_err(|_| ErrorData::internal_error("the server is ending", None))?;
        let said = call::run(&command, &context, self.closed.clone()).await.map_err(internal)?;
        if said.stdout.is_empty() && said.code != 0 {
            return Err(nothing(said.stderr.trim().to_owned()));
        }
        let text = ResourceContents::text(said.stdout, request.uri.clone()).with_mime_type(address.mime_type());
        Ok(ReadResourceResult::new(vec![text]).into())
    }
}

impl OrcaServer {
    fn is_inside(&self) -> bool {
        matches!(self.scope, ServeScope::Inside { .. })
    }

    /// Inside an attempt there are no resources: its own task is a call away.
    fn outside(&self, method: &str) -> Result<(), ErrorData> {
        match self.is_inside() {
            true => Err(ErrorData::new(
                rmcp::model::ErrorCode::METHOD_NOT_FOUND,
                format!("{method}: inside an attempt there are tools only"),
                None,
            )),
            false => Ok(()),
        }
    }
}
