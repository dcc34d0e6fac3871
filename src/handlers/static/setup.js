// Starts Swagger UI. It stands in a file of its own because the page's policy allows no script within the page.
"use strict";

// Swagger UI turns dark by a class on the root element, and leaves it to the page to set it.
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const shade = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", shade);
shade();

// Swagger UI fills every field with the parameter's example, and would send them all: filters that leave nothing, a release and a time
// that exclude each other. So the example of a parameter that may be left out is shown in its description instead.
function withExamplesToRead(specification) {
  const parameters = Object.values(specification.components?.parameters ?? {});
  for (const path of Object.values(specification.paths ?? {})) {
    parameters.push(...(path.parameters ?? []), ...Object.values(path).flatMap((operation) => operation.parameters ?? []));
  }
  for (const parameter of parameters) {
    if (parameter.required || !parameter.schema) continue; // needed for a call at all, or a reference to one of the components
    const { example, examples, schema, ...rest } = parameter;
    const { example: ofSchema, examples: several = [], ...shape } = schema;
    const shown = example ?? Object.values(examples ?? {})[0]?.value ?? ofSchema ?? several[0];
    for (const name of Object.keys(parameter)) delete parameter[name];
    Object.assign(parameter, rest, { schema: shape });
    if (shown !== undefined) {
      parameter.description = `${rest.description ?? ""}\n\nFor example \`${Array.isArray(shown) ? shown.join(",") : shown}\`.`;
    }
  }
  return specification;
}

const article33 = {
  statePlugins: {
    spec: { wrapActions: { updateJsonSpec: (update) => (specification) => update(withExamplesToRead(specification)) } },
  },
  components: {
    // It warns of every dialect but one, and reads JSON Schema 2020-12 all the same.
    JsonSchemaDialect: () => null,
  },
};

SwaggerUIBundle({
  url: "/v1/openapi.json",
  dom_id: "#swagger-ui",
  layout: "BaseLayout", // without the bar to load other specifications
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [article33],
  validatorUrl: null, // the validator is a third party's
  queryConfigEnabled: false, // no link makes this page show somebody else's specification
  withCredentials: false,
  supportedSubmitMethods: ["get", "head"],
  tryItOutEnabled: true,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  defaultModelExpandDepth: 1,
  displayRequestDuration: true,
});
