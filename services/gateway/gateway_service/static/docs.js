// The page of the API: every operation as its description has it, in words.

start();

async function start() {
  const answer = await fetch("/openapi.json").catch(() => null);
  const place = document.getElementById("operations");
  if (!answer?.ok) {
    place.replaceChildren(made("p", "error", "The description cannot be read; try again in a moment."));
    return;
  }
  const described = await answer.json();
  const operations = Object.entries(described.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => card(path, method, operation)));
  place.replaceChildren(...operations);
}

function card(path, method, operation) {
  const section = made("section", "card");
  section.id = operation.operationId;
  const title = made("h2", "", operation.summary);
  const line = made("p", "operation");
  line.append(made("strong", "", method.toUpperCase()), made("code", "", ` ${path}`));
  section.append(title, line);
  if (operation.description) section.append(made("p", "", operation.description));
  section.append(made("h3", "", "Try it"), example(path, method, operation));
  if (operation.parameters?.length) section.append(made("h3", "", "Parameters"), list(operation.parameters.map(parameter)));
  section.append(made("h3", "", "Answers"), list(Object.entries(operation.responses).map(([status, each]) => [status, each.description])));
  return section;
}

function parameter({ name, description, schema, in: place }) {
  const known = [schema, ...(schema.anyOf ?? [])];
  const fact = (key) => known.map((each) => each[key]).find((value) => value !== undefined);
  const bounds = [fact("minimum"), fact("maximum")];
  const range = bounds.every((each) => each !== undefined) ? ` ${bounds.join(" to ")}.` : "";
  return [`${name} (${place})`, `${description ?? ""}${range}`];
}

function example(path, method, operation) {
  const asked = new URL(path.replace(/\{[^}]+\}/g, "118377916890361856"), location.origin);
  const body = operation.requestBody ? " --data-binary @picture.jpg -H 'Content-Type: image/jpeg'" : "";
  const verb = method === "get" || body ? "" : ` -X ${method.toUpperCase()}`;
  const text = made("pre", "", `curl${verb}${body} ${asked}`);
  text.tabIndex = 0;
  return text;
}

function list(rows) {
  const made_list = made("dl", "facts");
  made_list.append(...rows.flatMap(([term, text]) => [made("dt", "", term), made("dd", "", text)]));
  return made_list;
}

function made(kind, name, text = "") {
  const element = document.createElement(kind);
  if (name) element.className = name;
  element.textContent = text;
  return element;
}
