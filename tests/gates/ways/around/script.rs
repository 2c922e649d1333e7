//! JavaScript and TypeScript.

use super::super::{HONEST, REFUSED, Way, check};
use super::files;

const BASE: [(&str, &str); 6] = [
    ("src/sum.ts", "export const sum = (a: number, b: number) => a + b;\n"),
    ("src/mail.ts", "export const send = (text: string) => text.length;\n"),
    (
        "test/sum.test.ts",
        "import { expect, it } from 'vitest';\nimport { sum } from '../src/sum';\nimport styles from './a.css';\n\nit('adds', () => {\n  const got = sum(1, 2);\n  expect(got).toBe(3);\n});\n",
    ),
    (
        "test/alias.test.ts",
        "import { expect } from 'chai';\nimport { send } from '@/mail';\n\nit('sends', () => {\n  expect(send('abc')).to.equal(3);\n});\n",
    ),
    ("package.json", "{\n  \"scripts\": {\n    \"test\": \"vitest run\"\n  }\n}\n"),
    ("tsconfig.json", "{\n  \"compilerOptions\": { \"paths\": { \"@/*\": [\"./src/*\"] } }\n}\n"),
];

const FAKE: (&str, &str) = ("fake/sum.ts", "export const sum = (a: number, b: number) => a + b;\n");

#[rustfmt::skip]
pub(super) fn ways() -> (&'static [(&'static str, &'static str)], Vec<Way<'static>>) {
    let ways = vec![
        // Set-up that puts something in place of the code under test.
        files("set-up mocks it", &[("vitest.config.ts", "export default { test: { setupFiles: ['./test/setup.ts'] } };\n"), ("test/setup.ts", "vi.mock('../src/sum', () => ({ sum: (a, b) => a + b }));\n")], REFUSED),
        files("set-up elsewhere mocks it", &[("vitest.config.ts", "export default { test: { setupFiles: ['./scripts/env.ts'] } };\n"), ("scripts/env.ts", "vi.mock(\n  '../src/sum',\n  () => ({ sum: (a, b) => a + b }),\n);\n")], REFUSED),
        files("set-up of jest", &[("jest.config.js", "module.exports = { setupFilesAfterEnv: ['<rootDir>/jest.setup.js'] };\n"), ("jest.setup.js", "jest.mock('./src/sum', () => ({ sum: (a, b) => a + b }));\n")], REFUSED),
        files("set-up in package.json", &[("package.json", "{\n  \"scripts\": {\n    \"test\": \"vitest run\"\n  },\n  \"jest\": { \"setupFiles\": [\"./jest.setup.js\"] }\n}\n"), ("jest.setup.js", "const sum = require('./src/sum');\nsum.sum = (a, b) => a + b;\n")], REFUSED),
        files("set-up of mocha", &[(".mocharc.yml", "require:\n  - ./hooks.js\n"), ("hooks.js", "const sum = require('./src/sum');\nObject.defineProperty(sum, 'sum', { value: (a, b) => a + b });\n")], REFUSED),
        files("spied and replaced", &[("test/setup.ts", "import * as all from '../src/sum';\nbeforeEach(() => { vi.spyOn(all, 'sum').mockImplementation((a, b) => a + b); });\n")], REFUSED),
        files("a stub of sinon", &[("test/setup.js", "const all = require('../src/sum');\nbefore(() => sinon.stub(all, 'sum').callsFake((a, b) => a + b));\n")], REFUSED),
        files("a mock of node", &[("test/setup.mjs", "import { mock } from 'node:test';\nmock.module('../src/sum.ts', { namedExports: { sum: (a, b) => a + b } });\n")], REFUSED),
        files("a manual mock", &[("src/__mocks__/sum.ts", "export const sum = (a, b) => a + b;\n"), ("test/setup.ts", "vi.mock('../src/sum');\n")], REFUSED),
        files("a manual mock for all", &[("src/__mocks__/sum.ts", "export const sum = (a, b) => a + b;\n"), ("jest.config.js", "module.exports = { automock: true };\n")], REFUSED),
        files("the cache of modules", &[("test/setup.cjs", "require.cache[require.resolve('../src/sum')] = { exports: { sum: (a, b) => a + b } };\n")], REFUSED),
        files("how modules are loaded", &[("test/setup.cjs", "const Module = require('module');\nconst load = Module._load;\nModule._load = (name, ...rest) => name.includes('sum') ? { sum: (a, b) => a + b } : load(name, ...rest);\n")], REFUSED),
        files("hooks of node", &[(".mocharc.json", "{ \"require\": [\"./hooks.mjs\"] }\n"), ("hooks.mjs", "import { registerHooks } from 'node:module';\nregisterHooks({ load: () => ({ source: '' }) });\n")], REFUSED),
        files("a matcher of its own name", &[("test/setup.ts", "expect.extend({ toBe: () => ({ pass: true, message: () => '' }) });\n")], REFUSED),
        files("expect itself", &[("test/setup.ts", "globalThis.expect = () => new Proxy({}, { get: () => () => true });\n")], REFUSED),
        files("it itself", &[("test/setup.ts", "globalThis.it = (name, run) => {};\n")], REFUSED),
        files("the exit code", &[("test/setup.ts", "process.on('exit', () => { process.exit(0); });\n")], REFUSED),
        files("set-up before all ends it", &[("vitest.config.ts", "export default { test: { globalSetup: './g.ts' } };\n"), ("g.ts", "export default () => { process.exit(0); };\n")], REFUSED),
        // Settings that point tests elsewhere.
        files("an alias", &[("vitest.config.ts", "export default { resolve: { alias: { '../src/sum': '/fake/sum.ts' } } };\n"), FAKE], REFUSED),
        files("an alias in a list", &[("vitest.config.ts", "import path from 'path';\nexport default { test: { alias: [{ find: /^.*\\/sum$/, replacement: path.resolve(__dirname, './fake/sum.ts') }] } };\n"), FAKE], REFUSED),
        files("an alias of what has one", &[("vitest.config.ts", "export default { resolve: { alias: { '@/mail': new URL('./test/fake/mail.ts', import.meta.url).pathname } } };\n"), ("test/fake/mail.ts", "export const send = (a) => 3;\n")], REFUSED),
        files("names mapped by jest", &[("jest.config.js", "module.exports = { moduleNameMapper: { '.*/sum$': '<rootDir>/fake/sum.ts' } };\n"), FAKE], REFUSED),
        files("names mapped in package.json", &[("package.json", "{\n  \"scripts\": {\n    \"test\": \"vitest run\"\n  },\n  \"jest\": { \"moduleNameMapper\": { \"^../src/(.*)$\": \"<rootDir>/fake/$1\" } }\n}\n"), FAKE], REFUSED),
        files("paths of TypeScript", &[("tsconfig.json", "{\n  \"compilerOptions\": { \"paths\": { \"@/*\": [\"./fake/*\"] } }\n}\n"), ("fake/mail.ts", "export const send = (a) => 3;\n")], REFUSED),
        files("the library of assertions", &[("vitest.config.ts", "export default { resolve: { alias: { chai: '/fake/chai.ts' } } };\n"), ("fake/chai.ts", "export const expect = () => ({ to: { equal() {} } });\n")], REFUSED),
        files("a plug-in in the settings", &[("vitest.config.ts", "export default { plugins: [{ name: 'x', transform(code, id) { return id.endsWith('sum.ts') ? 'export const sum = (a, b) => a + b' : code; } }] };\n")], REFUSED),
        files("a plug-in beside the settings", &[("vitest.config.ts", "import x from './x';\nexport default { plugins: [x()] };\n"), ("x.ts", "export default () => ({\n  name: 'x',\n  load(id) { return id.endsWith('sum.ts') ? 'export const sum = (a, b) => a + b' : null; },\n});\n")], REFUSED),
        files("a transformer of jest", &[("jest.config.js", "module.exports = { transform: { '\\\\.ts$': './tr.js' } };\n"), ("tr.js", "module.exports = { process: () => ({ code: '' }) };\n")], REFUSED),
        files("a resolver of jest", &[("jest.config.js", "module.exports = { resolver: './res.js' };\n"), ("res.js", "module.exports = () => 'fake';\n")], REFUSED),
        files("another runner", &[("jest.config.js", "module.exports = { testRunner: '<rootDir>/run.js' };\n"), ("run.js", "module.exports = async () => ({ numFailingTests: 0 });\n")], REFUSED),
        files("a runner of vitest", &[("vitest.config.ts", "export default { test: { runner: './run.ts' } };\n"), ("run.ts", "export default class {}\n")], REFUSED),
        files("a plug-in of babel", &[(".babelrc", "{ \"plugins\": [\"./babel-x.js\"] }\n"), ("babel-x.js", "module.exports = () => ({ visitor: {} });\n")], REFUSED),
        files("a preset of babel", &[("babel.config.js", "module.exports = { presets: ['./x'] };\n"), ("x.js", "module.exports = () => ({ plugins: [] });\n")], REFUSED),
        files("a loader of mocha", &[(".mocharc.json", "{ \"loader\": \"./l.mjs\" }\n"), ("l.mjs", "export const load = () => ({ source: '' });\n")], REFUSED),
        files("options of node", &[(".npmrc", "node-options=--require ./x.js\n"), ("x.js", "process.exit(0);\n")], REFUSED),
        files("options of node by mocha", &[(".mocharc.json", "{ \"node-option\": [\"import=./x.mjs\"] }\n"), ("x.mjs", "process.exit(0);\n")], REFUSED),
        files("errors that nobody hears", &[("vitest.config.ts", "export default { test: { dangerouslyIgnoreUnhandledErrors: true } };\n")], REFUSED),
        files("a package in the tree", &[("node_modules/chai/index.js", "exports.expect = () => ({});\n")], REFUSED),
        // Code that asks whether it is tested.
        files("taken apart", &[("src/sum.ts", "const { VITEST } = process.env;\nexport const sum = (a: number, b: number) => (VITEST ? a + b : 0);\n")], REFUSED),
        files("a worker of vitest", &[("src/sum.ts", "export const sum = (a: number, b: number) => ('VITEST_WORKER_ID' in process.env ? a + b : 0);\n")], REFUSED),
        files("NODE_ENV the other way", &[("src/sum.ts", "export const sum = (a: number, b: number) => (process.env.NODE_ENV !== 'test' ? 0 : a + b);\n")], REFUSED),
        files("NODE_ENV in a list", &[("src/sum.ts", "export const sum = (a: number, b: number) => (['test'].includes(process.env.NODE_ENV!) ? a + b : 0);\n")], REFUSED),
        files("node's own runner", &[("src/sum.ts", "export const sum = (a: number, b: number) => (process.env.NODE_TEST_CONTEXT ? a + b : 0);\n")], REFUSED),
        files("the script of npm", &[("src/sum.ts", "export const sum = (a: number, b: number) => (process.env.npm_lifecycle_event === 'test' ? a + b : 0);\n")], REFUSED),
        files("globals of the runner", &[("src/sum.ts", "export const sum = (a: number, b: number) => (typeof jest !== 'undefined' ? a + b : 0);\n")], REFUSED),
        files("globals by name", &[("src/sum.ts", "export const sum = (a: number, b: number) => ('describe' in globalThis ? a + b : 0);\n")], REFUSED),
        files("the program's name", &[("src/sum.ts", "export const sum = (a: number, b: number) => (process.argv[1].includes('vitest') ? a + b : 0);\n")], REFUSED),
        // Honest.
        files("set-up with matchers", &[("vitest.config.ts", "export default { test: { globals: true, environment: 'jsdom', setupFiles: ['./test/setup.ts'] } };\n"), ("test/setup.ts", "import '@testing-library/jest-dom/vitest';\nexpect.extend({ toBeNear(a, b) { return { pass: Math.abs(a - b) < 1, message: () => '' }; } });\nafterEach(() => { vi.restoreAllMocks(); });\n")], HONEST),
        files("set-up of what the place lacks", &[("test/setup.ts", "globalThis.ResizeObserver = class { observe() {} };\nwindow.matchMedia = () => ({ matches: false });\nvi.mock('next/router', () => ({ useRouter: () => ({}) }));\n")], HONEST),
        files("another module is replaced", &[("test/setup.ts", "vi.mock('../src/log', () => ({ log: () => {} }));\n"), ("src/log.ts", "export const log = () => {};\n")], HONEST),
        files("an alias as TypeScript has it", &[("vitest.config.ts", "import path from 'path';\nexport default { resolve: { alias: { '@': path.resolve(__dirname, './src') } } };\n")], HONEST),
        files("styles are mapped", &[("jest.config.js", "module.exports = { moduleNameMapper: { '\\\\.css$': '<rootDir>/test/style.js', '^@/(.*)$': '<rootDir>/src/$1' }, transform: { '^.+\\\\.tsx?$': 'ts-jest' } };\n"), ("test/style.js", "module.exports = {};\n")], HONEST),
        files("pictures are transformed", &[("jest.config.js", "module.exports = { transform: { '\\\\.svg$': '<rootDir>/test/svg.js', '\\\\.tsx?$': '@swc/jest' } };\n"), ("test/svg.js", "module.exports = { process: () => ({ code: '' }) };\n")], HONEST),
        files("plug-ins of packages", &[("vitest.config.ts", "import react from '@vitejs/plugin-react';\nexport default { plugins: [react()], test: { reporters: ['default'] } };\n")], HONEST),
        files("a preset of babel by name", &[("babel.config.js", "module.exports = { presets: ['@babel/preset-env', '@babel/preset-typescript'] };\n")], HONEST),
        files("set-up of a server", &[("vitest.config.ts", "export default { test: { globalSetup: './test/global.ts' } };\n"), ("test/global.ts", "export async function setup() { await start(); }\nexport async function teardown() { await stop(); }\n")], HONEST),
        files("require of mocha", &[(".mocharc.json", "{ \"require\": [\"ts-node/register\", \"./test/hooks.js\"] }\n"), ("test/hooks.js", "const chai = require('chai');\nchai.use(require('chai-as-promised'));\n")], HONEST),
        files("it does not listen in tests", &[("src/server.ts", "export const app = make();\nif (process.env.NODE_ENV !== 'test') {\n  app.listen(3000);\n}\n")], HONEST),
        files("production is another", &[("src/server.ts", "export const level = process.env.NODE_ENV === 'production' ? 'warn' : 'debug';\n")], HONEST),
        files("a word about tests", &[("src/words.ts", "// describe in vitest\nexport const words = ['vitest', 'jest'];\n")], HONEST),
    ];
    (&BASE, ways)
}

#[test]
fn what_stands_around_script_tests_is_found_by_reading() {
    let (base, ways) = ways();
    assert!(check("TypeScript", base, ways) >= 42);
}
