//! A double of an Archon server: projects and tasks behind the tools of one of its eras, with what is odd about the real one.
//!
//! It can die in the middle: the call has its effect, the answer is lost, and nobody is there until it is started again.
//! Sessions are forgotten then; projects and tasks lie in a database and stay.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};

/// Which tools it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tools {
    /// `manage_project` and `manage_task`.
    First,
    /// A tool per deed, updates in `update_fields`.
    Nested,
    /// The same, updates flat.
    Flat,
    /// `manage_…` and `find_…`.
    Consolidated,
    /// None of a tracker.
    Strange,
}

/// When it dies: with the n-th of these calls, after it had its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// Making something.
    Create(usize),
    /// Changing a task.
    Update(usize),
}

/// A task, and every status it had.
#[derive(Debug, Clone)]
pub struct ArchonTask {
    pub id: String,
    pub project: String,
    pub title: String,
    pub description: String,
    pub statuses: Vec<String>,
}

#[derive(Debug)]
struct Database {
    tools: Tools,
    up: bool,
    /// It takes what it is sent, and says nothing.
    silent: bool,
    /// Tasks of others in each project that is made.
    crowd: usize,
    session: usize,
    projects: Vec<(String, String, String)>,
    tasks: Vec<ArchonTask>,
    creates: usize,
    updates: usize,
    death: Option<Death>,
    turned_away: usize,
    calls: Vec<(String, Value)>,
}

/// The server.
#[derive(Debug, Clone)]
pub struct ArchonDouble {
    port: u16,
    inner: Arc<Mutex<Database>>,
}

impl ArchonDouble {
    pub fn start(tools: Tools, up: bool) -> ArchonDouble {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let database = Database {
            tools,
            up,
            silent: false,
            crowd: 0,
            session: 1,
            projects: Vec::new(),
            tasks: Vec::new(),
            creates: 0,
            updates: 0,
            death: None,
            turned_away: 0,
            calls: Vec::new(),
        };
        let double = ArchonDouble { port, inner: Arc::new(Mutex::new(database)) };
        let serving = double.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let double = serving.clone();
                std::thread::spawn(move || double.serve(stream));
            }
        });
        double
    }

    fn inner(&self) -> MutexGuard<'_, Database> {
        self.inner.lock().unwrap()
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/mcp", self.port)
    }

    pub fn dies(&self, death: Death) {
        self.inner().death = Some(death);
    }

    /// From now on it takes what it is sent, and says nothing.
    pub fn falls_silent(&self) {
        self.inner().silent = true;
    }

    /// So many projects of others are there, and so many tasks of others in each that is made: more than a page has.
    pub fn crowd(&self, n: usize) {
        let mut inner = self.inner();
        inner.crowd = n;
        inner.projects.extend((0..n).map(|n| (format!("other{n}"), format!("Other {n}"), String::new())));
    }

    /// Starts it again, perhaps of another era.
    pub fn restart(&self, tools: Tools) {
        let mut inner = self.inner();
        (inner.up, inner.silent, inner.tools) = (true, false, tools);
        inner.session += 1;
    }

    /// Forgets every task, as if the database were made anew.
    pub fn forget_tasks(&self) {
        self.inner().tasks.clear();
    }

    /// Connections that found nobody.
    pub fn turned_away(&self) -> usize {
        self.inner().turned_away
    }

    pub fn projects(&self) -> Vec<String> {
        self.inner().projects.iter().map(|(_, title, _)| title.clone()).collect()
    }

    pub fn tasks(&self) -> Vec<ArchonTask> {
        self.inner().tasks.clone()
    }

    /// The task with this title.
    pub fn task(&self, title: &str) -> Option<ArchonTask> {
        self.tasks().into_iter().find(|task| task.title == title)
    }

    fn serve(&self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        let head: Vec<String> =
            stream.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
        let header = |name: &str| {
            let named = |line: &&String| line.split_once(':').is_some_and(|(it, _)| it.eq_ignore_ascii_case(name));
            head.iter().find(named).map(|line| line.split_once(':').unwrap().1.trim().to_owned())
        };
        let mut body = vec![0; header("content-length").and_then(|n| n.parse().ok()).unwrap_or(0)];
        if stream.read_exact(&mut body).is_err() {
            return;
        }
        let Ok(message) = serde_json::from_slice::<Value>(&body) else { return };
        let mut inner = self.inner();
        if !inner.up || inner.silent {
            inner.turned_away += 1;
            let silent = inner.silent;
            drop(inner);
            if silent {
                // Until the client goes away.
                let _ = stream.read(&mut [0; 1]);
            }
            return;
        }
        let session = format!("s{}", inner.session);
        let is_hello = message["method"] == "initialize";
        let answer = if !is_hello && header("mcp-session-id").as_deref() != Some(session.as_str()) {
            http(404, "", "application/json", "{\"error\":\"no such session\"}")
        } else if message.get("id").is_none() {
            http(202, "", "application/json", "")
        } else {
            let Some(result) = inner.answer(&message) else { return };
            let document = json!({"jsonrpc": "2.0", "id": message["id"], "result": result});
            let noise = json!({"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info"}});
            let events = format!("event: message\r\ndata: {noise}\r\n\r\nevent: message\r\ndata: {document}\r\n\r\n");
            let own = if is_hello { format!("Mcp-Session-Id: {session}\r\n") } else { String::new() };
            http(200, &own, "text/event-stream", &events)
        };
        let _ = stream.get_mut().write_all(answer.as_bytes());
    }
}

fn http(code: u16, own: &str, kind: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {code} X\r\n{own}Content-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

impl Database {
    /// The result of a request; none: it died.
    fn answer(&mut self, message: &Value) -> Option<Value> {
        match message["method"].as_str().unwrap() {
            "initialize" => {
                Some(json!({"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {"name": "archon"}}))
            }
            "tools/list" => Some(json!({"tools": self.list()})),
            "tools/call" => {
                let (name, arguments) = (message["params"]["name"].as_str().unwrap(), &message["params"]["arguments"]);
                self.calls.push((name.to_owned(), arguments.clone()));
                let answered = self.call(name, arguments);
                if self
                    .death
                    .is_some_and(|death| death == Death::Create(self.creates) || death == Death::Update(self.updates))
                {
                    (self.death, self.up) = (None, false);
                    return None;
                }
                let text = answered.to_string();
                let content = json!([{"type": "text", "text": text}]);
                Some(json!({"content": content, "structuredContent": {"result": text}, "isError": false}))
            }
            other => unreachable!("{other}"),
        }
    }

    fn list(&self) -> Vec<Value> {
        let tool = |name: &str, takes: &[&str]| {
            let properties: serde_json::Map<String, Value> =
                takes.iter().map(|it| ((*it).to_owned(), json!({}))).collect();
            json!({"name": name, "inputSchema": {"type": "object", "properties": properties}})
        };
        match self.tools {
            Tools::First => {
                vec![tool("manage_project", &["action"]), tool("manage_task", &["action", "update_fields"])]
            }
            Tools::Nested | Tools::Flat => {
                let update: &[&str] = if self.tools == Tools::Nested { &["update_fields"] } else { &["status"] };
                let others =
                    ["create_project", "list_projects", "create_task", "list_tasks"].map(|name| tool(name, &[]));
                others.into_iter().chain([tool("update_task", update)]).collect()
            }
            Tools::Consolidated => {
                ["find_projects", "manage_project", "find_tasks", "manage_task"].map(|name| tool(name, &[])).to_vec()
            }
            Tools::Strange => vec![tool("list_dir", &["path"])],
        }
    }

    fn call(&mut self, name: &str, arguments: &Value) -> Value {
        let action = arguments["action"].as_str().unwrap_or_default();
        match (name, action) {
            ("manage_project", "create") | ("create_project", _) => self.create_project(arguments),
            ("manage_project", "list") | ("list_projects" | "find_projects", _) => self.list_projects(arguments),
            ("manage_task", "create") | ("create_task", _) => self.create_task(arguments),
            ("manage_task", "list") | ("list_tasks" | "find_tasks", _) => self.list_tasks(arguments),
            ("manage_task", "update") | ("update_task", _) => self.update_task(arguments),
            _ => json!({"success": false, "error": format!("unknown action {action} of {name}")}),
        }
    }

    fn create_project(&mut self, arguments: &Value) -> Value {
        self.creates += 1;
        let id = format!("p{}", self.creates);
        let text = |key: &str| arguments[key].as_str().unwrap().to_owned();
        self.projects.push((id.clone(), text("title"), text("description")));
        let others = (0..self.crowd).map(|n| ArchonTask {
            id: format!("{id}-other{n}"),
            project: id.clone(),
            title: format!("Other {n}"),
            description: String::new(),
            statuses: vec!["todo".to_owned()],
        });
        self.tasks.extend(others);
        json!({"success": true, "project": {"id": id}, "project_id": id, "message": "made"})
    }

    fn list_projects(&self, arguments: &Value) -> Value {
        let shown = |(id, title, description): &(String, String, String)| json!({"id": id, "title": title, "description": description});
        let all: Vec<Value> = self.projects.iter().map(shown).collect();
        // Pages of projects came with the last era; before, everything was told at once.
        let page = if self.tools == Tools::Consolidated { self.page(all, arguments) } else { all };
        json!({"success": true, "total_count": page.len(), "projects": page})
    }

    fn create_task(&mut self, arguments: &Value) -> Value {
        self.creates += 1;
        let id = format!("t{}", self.creates);
        let text = |key: &str| arguments[key].as_str().unwrap().to_owned();
        // A status that creation asks for is passed over.
        let task = ArchonTask {
            id: id.clone(),
            project: text("project_id"),
            title: text("title"),
            description: text("description"),
            statuses: vec!["todo".to_owned()],
        };
        self.tasks.push(task);
        json!({"success": true, "task": {"id": id}, "task_id": id, "message": "made"})
    }

    /// Descriptions are cut, and the total is the page's.
    fn list_tasks(&self, arguments: &Value) -> Value {
        let of_project = |task: &&ArchonTask| arguments["filter_value"] == task.project.as_str();
        let cut = |text: &str| text.chars().take(1000).collect::<String>();
        let shown =
            |task: &ArchonTask| json!({"id": task.id, "title": task.title, "description": cut(&task.description)});
        let all: Vec<Value> = self.tasks.iter().filter(of_project).map(shown).collect();
        // The last era passes over pages where it filters by project.
        let page = if self.tools == Tools::Consolidated { all } else { self.page(all, arguments) };
        json!({"success": true, "total_count": page.len(), "tasks": page})
    }

    fn page(&self, all: Vec<Value>, arguments: &Value) -> Vec<Value> {
        let number = |key: &str, usual: usize| arguments[key].as_u64().map_or(usual, |n| n as usize);
        let size = number("per_page", 10);
        all.into_iter().skip((number("page", 1) - 1) * size).take(size).collect()
    }

    fn update_task(&mut self, arguments: &Value) -> Value {
        self.updates += 1;
        let nested = matches!(self.tools, Tools::First | Tools::Nested);
        let fields = if nested { &arguments["update_fields"] } else { arguments };
        let Some(task) = self.tasks.iter_mut().find(|task| arguments["task_id"] == task.id.as_str()) else {
            let message = "Failed to update task: HTTP 404";
            return match self.tools {
                Tools::First => json!({"success": false, "error": message}),
                _ => json!({"success": false, "error": {"type": "http_error", "message": message, "http_status": 404}}),
            };
        };
        let Some(status) = fields["status"].as_str().filter(|it| ["todo", "doing", "review", "done"].contains(it))
        else {
            return json!({"success": false, "error": {"type": "api_error", "message": "bad status", "http_status": 500}});
        };
        if task.statuses.last().map(String::as_str) != Some(status) {
            task.statuses.push(status.to_owned());
        }
        task.description = fields["description"].as_str().unwrap_or(&task.description).to_owned();
        json!({"success": true, "task": {"id": task.id}, "message": "changed"})
    }
}
