#!/usr/bin/env node
"use strict";
const { spawnSync } = require("node:child_process");
const path = require("node:path");

const ended = spawnSync(path.join(__dirname, "bin", "git-orca"), process.argv.slice(2), { stdio: "inherit" });
if (ended.error) {
  console.error(`git-orca cannot be started: ${ended.error.message}; npm rebuild git-orca installs it again`);
  process.exit(1);
}
if (ended.signal) process.kill(process.pid, ended.signal);
process.exit(ended.status ?? 1);
