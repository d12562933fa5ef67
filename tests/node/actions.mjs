// GitHub's own reading of workflows and expressions: one request a line, one answer a line, both JSON.
// Requests: {op: "parse", name, text} {op: "expand", values, contexts} {op: "decide", place, conditions, contexts, status}
// Answers: {value} or {error}.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

// workflow-parser imports its schema as bundlers allow it and Node does not: JSON without saying so.
registerHooks({
  load(url, context, next) {
    if (!url.endsWith(".json")) return next(url, context);
    const source = `export default ${readFileSync(fileURLToPath(url), "utf8")}`;
    return { format: "module", shortCircuit: true, source };
  },
});

const { data, Evaluator, Lexer, Parser } = await import("@actions/expressions");
const { replacer } = await import("@actions/expressions/data/replacer");
const { reviver } = await import("@actions/expressions/data/reviver");
const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await import("@actions/workflow-parser");
const { convertToIfCondition } = await import("@actions/workflow-parser/model/converter/if-condition");
const { JSONObjectReader } = await import("@actions/workflow-parser/templates/json-object-reader");
const { TemplateContext, TemplateValidationErrors } = await import("@actions/workflow-parser/templates/template-context");
const { readTemplate } = await import("@actions/workflow-parser/templates/template-reader");
const { StringToken } = await import("@actions/workflow-parser/templates/tokens/string-token");
const { getWorkflowSchema } = await import("@actions/workflow-parser/workflows/workflow-schema");
const YAML = await import("yaml"); // what workflow-parser reads YAML with

const CONTEXTS = ["github", "inputs", "vars", "secrets", "needs", "strategy", "matrix", "steps", "job", "runner", "env"];
const STATUS = ["success", "failure", "cancelled", "always"];
const FUNCTIONS = STATUS.map((name) => ({ name, minArgs: 0, maxArgs: 0 }));

const revive = (value) => JSON.parse(JSON.stringify(value), reviver);
const plain = (value) => JSON.parse(JSON.stringify(value, replacer));

// status: what success(), failure() and cancelled() are; always() is true.
function evaluate(expression, contexts, status = {}) {
  const tree = new Parser(new Lexer(expression).lex().tokens, CONTEXTS, FUNCTIONS).parse();
  const given = CONTEXTS.map((key) => ({ key, value: revive(contexts[key] ?? {}) }));
  const call = (name) => () => new data.BooleanData(name === "always" || Boolean(status[name]));
  const functions = new Map(FUNCTIONS.map((known) => [known.name, { ...known, call: call(known.name) }]));
  return new Evaluator(tree, new data.Dictionary(...given), functions).evaluate();
}

// The reader asks a text for its place in a file, and takes one on one line as YAML had read it.
const RANGE = { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } };
class TextReader extends JSONObjectReader {
  allowLiteral() {
    const token = super.allowLiteral();
    return token && new StringToken(token.file, RANGE, token.value);
  }
}

// A text of a workflow as GitHub's reader takes it at a place of its schema: a literal, or an expression.
function read(text, place) {
  const context = new TemplateContext(new TemplateValidationErrors(), getWorkflowSchema(), new NoOperationTraceWriter());
  const file = context.getFileId("text");
  const token = readTemplate(context, place, new TextReader(file, JSON.stringify(text)), file);
  refuse(context);
  return { context, token };
}

function refuse(context) {
  const errors = context.errors.getErrors().map((error) => error.message);
  if (errors.length) throw new Error(errors.join("; "));
}

function expand(value, contexts) {
  if (Array.isArray(value)) return value.map((item) => expand(item, contexts));
  if (value && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expand(item, contexts)]));
  if (typeof value !== "string") return value;
  const { token } = read(value, "string-runner-context");
  return token.isExpression ? plain(evaluate(token.expression, contexts)) : value;
}

// place: "job-if" or "step-if".  GitHub puts `success() &&` before a condition without a status function.
function decide(condition, place, contexts, status) {
  const { context, token } = read(condition, place);
  const found = convertToIfCondition(context, token);
  refuse(context);
  const value = evaluate(found.expression, contexts, status);
  return plain(evaluate("!!inputs.value", { inputs: { value: plain(value) } }));
}

async function parse(name, text) {
  const parsed = parseWorkflow({ name, content: text }, new NoOperationTraceWriter());
  refuse(parsed.context);
  const template = await convertWorkflowTemplate(parsed.context, parsed.value);
  refuse(parsed.context);
  return { ...YAML.parse(text), on: template.events };
}

async function answer(request) {
  if (request.op === "parse") return parse(request.name, request.text);
  if (request.op === "expand") return expand(request.values, request.contexts);
  if (request.op === "decide")
    return request.conditions.map((text) => decide(text, request.place, request.contexts, request.status));
  throw new Error(`no such request: ${request.op}`);
}

for await (const line of createInterface({ input: process.stdin })) {
  let result;
  try {
    result = { value: await answer(JSON.parse(line)) };
  } catch (error) {
    result = { error: error.message };
  }
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
