// The explorer: asks, shows what is answered, and walks through the schema. It loads nothing from elsewhere.

const $ = (id) => document.getElementById(id);
const KEY = "largesse.explorer.key";
const SAVED = "largesse.explorer.saved";
const DRAFT = "largesse.explorer.draft";

const EXAMPLES = [
  ["Promotions and their codes", `{
  promotions(first: 10) {
    nodes {
      id
      name
      status
      summary
      currentUses
      codes(first: 3) {
        nodes { code currentUses maxUses }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}`, ""],
  ["Price a cart", `query Price($input: EvaluateInput!) {
  evaluate(input: $input) {
    totals { subtotal discount total }
    lines { id total discounts { amount code promotionId } }
    applied { name discount }
    outcomes { promotionId reason message }
  }
}`, `{
  "input": {
    "cart": {
      "currency": "USD",
      "lines": [{ "id": "1", "productId": 101, "quantity": 2, "price": "20.00" }]
    },
    "include": ["TRACE"]
  }
}`],
  ["Make a promotion", `mutation Make($definition: JSON!) {
  promotionCreate(definition: $definition) {
    promotion { id name status summary }
    userErrors { code rule field message }
  }
}`, `{
  "definition": {
    "name": "Ten off the order",
    "redemption_type": "AUTOMATIC",
    "status": "draft",
    "rules": [{ "action": { "cart_value": { "discount": { "percentage_amount": "10" } } } }]
  }
}`],
  ["A marketplace's promotions", `query PromotionQuery($status: String, $sellerId: ID) {
  promotions(status: $status, sellerId: $sellerId) {
    nodes {
      id
      seller { id businessName emailAddress }
      name teaser description startDate endDate
      minimumSpend maximumSpend suspended
      discountType discountAmount freeShipping saleItemsExcluded
      brandsIncluded { edges { node { name } } }
      categoriesIncluded { edges { node { displayName } } }
      advertsIncluded { edges { node { description } } }
      variantsIncluded { edges { node { sku } } }
    }
  }
}`, `{ "status": "active" }`],
  ["The newest orders", `{
  orders(first: 5) {
    nodes {
      id reference status placedAt
      totals { total discount due }
      lines { id productId quantity total }
    }
  }
}`, ""],
  ["Gift cards", `{
  giftCards(first: 10) {
    nodes { id lastFour remaining currency status recipientEmail expiresAt }
    pageInfo { hasNextPage endCursor }
  }
}`, ""],
];

const INTROSPECTION = `{ __schema { queryType { name } mutationType { name } types {
  name kind description
  fields { name description type { ...T } args { name description type { ...T } } }
  inputFields { name description type { ...T } }
  enumValues { name description }
  possibleTypes { name } } } }
fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }`;

const query = $("query"), variables = $("variables"), answer = $("answer"), status = $("status");
let schema = null;

// Storage may be closed to pages, as in private windows: then nothing is remembered.
const remember = (store, name, value) => { try { store.setItem(name, value); } catch { /* not remembered */ } };
const recall = (store, name) => { try { return store.getItem(name); } catch { return null; } };

// Of who is signed in, the token by which changes show that they come from a page of ours.
let token = null;

async function signedIn() {
  if (token !== null) return token;
  const response = await fetch("/v1/me", { credentials: "same-origin" });
  token = response.ok ? (await response.json()).csrf_token : "";
  return token;
}

async function ask(text, given) {
  const headers = { "content-type": "application/json" };
  const key = $("key").value.trim();
  if (key) headers.authorization = `Bearer ${key}`;
  else if (await signedIn()) headers["x-csrf-token"] = token;
  const began = performance.now();
  const response = await fetch("/graphql", {
    method: "POST", headers, credentials: "same-origin", body: JSON.stringify({ query: text, variables: given }),
  });
  const body = await response.json();
  return { body, code: response.status, took: Math.round(performance.now() - began) };
}

function say(text, isBad = false) {
  status.textContent = text;
  status.classList.toggle("bad", isBad);
}

async function run() {
  let given = {};
  if (variables.value.trim()) {
    try {
      given = JSON.parse(variables.value);
    } catch (error) {
      say("The variables are not JSON.", true);
      answer.textContent = error.message;
      variables.focus();
      return;
    }
  }
  $("run").disabled = true;
  say("Asked …");
  try {
    const { body, code, took } = await ask(query.value, given);
    answer.textContent = JSON.stringify(body, null, 2);
    const errors = body.errors?.length ?? (code >= 400 ? 1 : 0);
    const told = errors ? `${errors} ${errors === 1 ? "error" : "errors"}` : "answered";
    say(`${told}, ${code}, ${took} ms`, errors > 0);
  } catch {
    say("The server cannot be reached.", true);
  } finally {
    $("run").disabled = false;
  }
}

// The editor.

function number() {
  const lines = query.value.split("\n").length;
  $("numbers").textContent = Array.from({ length: lines }, (_, line) => line + 1).join("\n");
  $("numbers").scrollTop = query.scrollTop;
  remember(localStorage, DRAFT, JSON.stringify([query.value, variables.value]));
}

function insert(text) {
  query.focus();
  query.setRangeText(text, query.selectionStart, query.selectionEnd, "end");
  number();
}

function keys(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  } else if (event.key === "Enter" && event.target === query) {
    // A new line stands as far in as the one before, further after a bracket.
    event.preventDefault();
    const before = query.value.slice(0, query.selectionStart);
    const indent = /[^\n]*$/.exec(before)[0].match(/^ */)[0] + (/[{([]\s*$/.test(before) ? "  " : "");
    insert(`\n${indent}`);
  }
}

// Examples, ours and those that were saved.

const saved = () => { try { return JSON.parse(recall(localStorage, SAVED)) ?? []; } catch { return []; } };

function listExamples(chosen) {
  const group = (label, items, prefix) => {
    const element = document.createElement("optgroup");
    element.label = label;
    items.forEach(([name], at) => element.append(new Option(name, `${prefix}${at}`)));
    return element;
  };
  const own = saved();
  $("example").replaceChildren(new Option("Choose …", ""), group("Examples", EXAMPLES, "e"));
  if (own.length) $("example").append(group("Saved", own, "s"));
  $("example").value = chosen ?? "";
  $("forget").hidden = !$("example").value.startsWith("s");
}

function take() {
  const chosen = $("example").value;
  const from = chosen.startsWith("s") ? saved() : EXAMPLES;
  const example = from[Number(chosen.slice(1))];
  $("forget").hidden = !chosen.startsWith("s");
  if (!chosen || !example) return;
  [, query.value, variables.value] = example;
  number();
}

function save() {
  const named = /(?:query|mutation)\s+(\w+)/.exec(query.value)?.[1];
  const name = prompt("Keep this query as", named ?? "My query");
  if (!name) return;
  const own = saved().filter(([known]) => known !== name);
  own.push([name, query.value, variables.value]);
  remember(localStorage, SAVED, JSON.stringify(own));
  listExamples(`s${own.length - 1}`);
  say(`Saved as “${name}” in this browser.`);
}

function forget() {
  const own = saved();
  own.splice(Number($("example").value.slice(1)), 1);
  remember(localStorage, SAVED, JSON.stringify(own));
  listExamples();
}

// The schema.

async function read() {
  try {
    const { body } = await ask(INTROSPECTION, {});
    if (!body.data) throw new Error(body.detail ?? body.errors?.[0]?.message ?? "It was not told.");
    const told = body.data.__schema;
    schema = { ...told, of: new Map(told.types.map((type) => [type.name, type])) };
    show([]);
  } catch (error) {
    schema = null;
    $("way").replaceChildren();
    $("schema").replaceChildren(quiet(error.message));
  }
}

const element = (name, className, ...inside) => {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...inside);
  return made;
};
const quiet = (text) => element("p", "quiet", text);
const written = (type) => type.kind === "NON_NULL" ? [...written(type.ofType), "!"]
  : type.kind === "LIST" ? ["[", ...written(type.ofType), "]"] : [type.name];

function link(name, way, text = name) {
  if (!schema.of.has(name)) return text;
  const button = element("button", "link", text);
  button.type = "button";
  button.addEventListener("click", () => show([...way, name]));
  return button;
}

const typed = (type, way) => written(type).map((part) => /^\w+$/.test(part) ? link(part, way) : part);

// A field with its arguments and its type; its name puts it into the query.
function field(of, way) {
  const name = element("button", "insert", of.name);
  name.type = "button";
  name.title = "Put it into the query";
  name.addEventListener("click", () => insert(of.name));
  const given = (of.args ?? []).flatMap((argument, at) =>
    [at ? ", " : "", element("span", "", `${argument.name}: `, ...typed(argument.type, way))]);
  const term = element("dt", "", name, ...(given.length ? ["(", ...given, ")"] : []));
  if (of.type) term.append(": ", ...typed(of.type, way));
  return [term, element("dd", "", of.description ?? "")];
}

function show(way) {
  const name = way.at(-1);
  const step = (text, to) => {
    const button = element("button", "link", text);
    button.type = "button";
    button.addEventListener("click", () => show(to));
    return button;
  };
  const steps = way.flatMap((each, at) => [" › ", at === way.length - 1 ? each : step(each, way.slice(0, at + 1))]);
  $("way").replaceChildren(...(way.length ? [step("Schema", []), ...steps] : []));
  const page = $("schema");
  if (!name) {
    const roots = [schema.queryType, schema.mutationType].filter(Boolean).map(({ name }) => name);
    const kinds = [["Roots", (type) => roots.includes(type.name)],
      ["Objects", (type) => type.kind === "OBJECT" && !roots.includes(type.name)],
      ["Inputs", (type) => type.kind === "INPUT_OBJECT"],
      ["Constants", (type) => type.kind === "ENUM"],
      ["Others", (type) => ["SCALAR", "INTERFACE"].includes(type.kind)]];
    page.replaceChildren(...kinds.flatMap(([title, is]) => {
      const types = schema.types.filter((type) => is(type) && !type.name.startsWith("__"));
      types.sort((a, b) => a.name.localeCompare(b.name));
      const list = element("p", "", ...types.flatMap((type, at) => [at ? ", " : "", link(type.name, [])]));
      const details = element("details", "", element("summary", "", `${title} (${types.length})`), list);
      details.open = title === "Roots";
      return [details];
    }));
    return;
  }
  const type = schema.of.get(name);
  const parts = type.fields ?? type.inputFields ?? type.enumValues ?? [];
  const others = (type.possibleTypes ?? []).flatMap((other, at) => [at ? ", " : "Of types: ", link(other.name, way)]);
  page.replaceChildren(element("h4", "", name), quiet(type.description ?? ""), element("p", "", ...others),
    element("dl", "", ...parts.flatMap((part) => field(part, way))));
  page.scrollTop = 0;
}

function search() {
  const words = $("search").value.trim().toLowerCase();
  if (!schema) return;
  if (!words) { show([]); return; }
  const found = [];
  for (const type of schema.types.filter(({ name }) => !name.startsWith("__"))) {
    if (type.name.toLowerCase().includes(words)) {
      found.push([element("dt", "", link(type.name, [])), element("dd", "", type.description ?? "")]);
    }
    for (const part of type.fields ?? type.inputFields ?? []) {
      if (part.name.toLowerCase().includes(words)) {
        found.push([element("dt", "", link(type.name, []), `.${part.name}`), element("dd", "", part.description ?? "")]);
      }
    }
  }
  const told = found.length ? element("dl", "", ...found.slice(0, 100).flat()) : quiet("Nothing has that in its name.");
  $("way").replaceChildren();
  $("schema").replaceChildren(quiet(found.length > 100 ? `The first 100 of ${found.length}.` : `${found.length} found.`), told);
}

// Begin.

$("key").value = recall(sessionStorage, KEY) ?? "";
let draft = null;
try { draft = JSON.parse(recall(localStorage, DRAFT)); } catch { draft = null; }
[query.value, variables.value] = Array.isArray(draft) ? draft : EXAMPLES[0].slice(1);
listExamples();
number();
read();

$("key").addEventListener("change", () => { remember(sessionStorage, KEY, $("key").value.trim()); read(); });
$("key-form").addEventListener("submit", (event) => { event.preventDefault(); remember(sessionStorage, KEY, $("key").value.trim()); read(); });
$("run").addEventListener("click", run);
$("save").addEventListener("click", save);
$("forget").addEventListener("click", forget);
$("example").addEventListener("change", take);
$("reload").addEventListener("click", read);
$("search").addEventListener("input", search);
query.addEventListener("input", number);
query.addEventListener("scroll", () => { $("numbers").scrollTop = query.scrollTop; });
variables.addEventListener("input", number);
document.addEventListener("keydown", keys);
