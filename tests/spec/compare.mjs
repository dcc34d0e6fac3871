// Compares two OpenAPI documents, the one last released and the one to be published: `node compare.mjs RELEASED PUBLISHED`.
// Prints every breaking change, each on a line that begins with its JSON Pointer, and exits 1 where there is one. A pointer goes
// through references as if what they refer to stood in their place.
//
// api-smart-diff finds the changes, through every reference, and says which ones break. What it says is kept, but for three things:
//
// - `components` are compared only where a path uses them: by themselves it judges them as if clients sent them, so that a new member
//   which is always there would break. It judges a schema once, as what is sent or as what is answered, wherever it meets it first:
//   so no parameter may refer to a schema that answers have, and a test sees to that.
// - It lets some changes pass that this contract does not allow; `overlooked` has them.
// - It takes a new term of a vocabulary, and a new type among what is included, for a break. The contract says that there may be more.
import { readFileSync } from "node:fs";
import { apiDiff, openapi3Rules } from "api-smart-diff";

const METHODS = new Set(["get", "head", "put", "post", "delete", "options", "patch", "trace"]);
const WORDS = new Set(["description", "summary", "title", "example", "examples", "$comment"]);

const shown = (value) => (value === undefined ? "" : (JSON.stringify(value) ?? "").slice(0, 120));

/** Where a schema stands that several alternatives refer to: a path that exists only here. */
const ALTERNATIVE = "/alternatives/";

/**
 * A part of a document as api-smart-diff can compare it. Words beside references and alternatives go: with them it makes each an `allOf`,
 * without them not. Alternatives that refer to schemas become the schemas' names, since it pairs them by chance where the schemas changed;
 * the names are put in `named`.
 */
function comparable(part, named) {
  if (part === null || typeof part !== "object") return part;
  if (Array.isArray(part)) return part.map((child) => comparable(child, named));
  const plain = typeof part.$ref !== "string" && !Array.isArray(part.anyOf) && !Array.isArray(part.oneOf);
  const made = {};
  for (const [name, child] of Object.entries(part)) {
    if (!plain && WORDS.has(name)) continue;
    const several = /^(any|one)Of$/.test(name) && Array.isArray(child) && child.filter((one) => one.$ref).length > 1;
    for (const { $ref } of several ? child : []) if ($ref) named.add($ref);
    made[name] = several ? child.map((one) => (one.$ref ? { const: one.$ref } : comparable(one, named))) : comparable(child, named);
  }
  return made;
}

/** A document as it can compare it, in which what alternatives refer to is answered by a path of its own. */
function prepared(file) {
  const named = new Set();
  const document = comparable(JSON.parse(readFileSync(file, "utf8")), named);
  for (const $ref of named) {
    const content = { "application/json": { schema: { $ref } } };
    document.paths[ALTERNATIVE + $ref.split("/").at(-1)] = { get: { responses: { 200: { description: "", content } } } };
  }
  return document;
}

/** The JSON Pointer of where a change is. */
function pointer(path) {
  const [, at] = path.map(String);
  const steps = at?.startsWith(ALTERNATIVE) ? ["components", "schemas", at.slice(ALTERNATIVE.length), ...path.slice(8)] : path;
  return steps.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** Every type that a `type` keyword allows; an integer is a number as well. */
const types = (value) => new Set([value].flat().flatMap((name) => (name === "number" ? ["number", "integer"] : [name])));

/** Why a change breaks that api-smart-diff lets pass; undefined where it does not. */
function overlooked({ path, action, before, after, type }) {
  const [, , method, part] = path;
  if (!METHODS.has(method)) return undefined;
  const [keyword, parent] = [path.at(-1), path.at(-2)];
  if (part === "parameters" && path.includes("schema")) {
    // The type of a query parameter: it takes only objects and arrays for a break.
    const narrower = () => ![...types(before)].every((name) => types(after).has(name));
    if (keyword === "type" && action !== "remove" && (action === "add" || narrower())) return "allows fewer types";
  }
  if (part !== "responses") return undefined;
  if (path.includes("headers") && type === "unclassified" && !path.some((step) => WORDS.has(step))) {
    return "a header is not what it was"; // it does not judge what is within one
  }
  if (!path.includes("schema")) return undefined;
  // An answer that says less than it could is no break to it. Here a published field keeps its meaning: code that was written for
  // the type, or for the value that is gone, was written for this version.
  if (["type", "const", "format", "pattern"].includes(keyword) && action === "replace") return "is another one";
  if (["enum", "anyOf", "oneOf"].includes(parent) && action !== "add") return "is no longer possible";
  if (parent === "properties" && action === "remove") return "went away"; // optional or not
  if (parent === "required" && action === "remove") return "may be missing"; // it fails to judge this one in some places
  if (["$ref", "allOf"].includes(keyword) && type === "unclassified") return "is something else";
  return undefined;
}

/** Whether a change adds what the contract says may be added to answers: a term to a vocabulary, or an alternative. */
const announced = ({ path, action }) => path[3] === "responses" && action === "add" && ["enum", "anyOf"].includes(path.at(-2));

const [released, published] = process.argv.slice(2).map(prepared);
console.error = () => {}; // it tries alternatives of an anyOf against each other, and complains of what it can't judge there
const rules = { ...openapi3Rules(), "/components": { skip: true } };
const breaks = apiDiff(released, published, { rules })
  .filter((change) => !announced(change))
  .map((change) => ({ ...change, why: change.type === "breaking" ? change.description : overlooked(change) }))
  .filter((change) => change.type === "breaking" || change.why !== undefined);

for (const { path, action, before, after, why } of breaks) {
  const said = [pointer(path), action, shown(before), after === undefined ? "" : `-> ${shown(after)}`, why && `(${why})`];
  console.log(said.filter(Boolean).join(" "));
}
process.exitCode = breaks.length > 0 ? 1 : 0;
