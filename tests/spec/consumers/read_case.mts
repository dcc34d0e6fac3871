// Reads a case with the types that openapi-typescript makes of the specification: node read_case.mjs URL SLUG.
import type { components, paths } from "./article33.js";

type View = paths["/v1/cases/{slug}"]["get"]["responses"]["200"]["content"]["application/json"];
type Problem = paths["/v1/cases/{slug}"]["get"]["responses"]["404"]["content"]["application/problem+json"];
type Status = components["schemas"]["CaseStatus"];

declare const process: { argv: [string, string, string, string] };
const [, , base, slug] = process.argv;

const answer = await fetch(`${base}/v1/cases/${slug}`);
if (!answer.ok) {
  const problem: Problem = await answer.json();
  throw new Error(problem.detail);
}
const view: View = await answer.json();
if (!("actors" in view) || view.actors === undefined) throw new Error(`only a part of ${view.id} is there`);
const status: Status | undefined = view.status;
const roles: string[] = view.actors.map((part) => `${part.actor} ${part.role}`);
// @ts-expect-error: a status is one of a few, and the types know which
if (view.status === "no-status") throw new Error("no such status");
console.log(JSON.stringify({ id: view.id, name: view.name?.["en"], status, roles: roles.length, earliest: view.period?.earliest }));
