"use strict";
// The pages work without this file; it only makes them quicker to use.

const all = (selector, from = document) => [...from.querySelectorAll(selector)];
const one = (selector, from = document) => from.querySelector(selector);
const typing = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, dialog") !== null;

// ---- Undo goes when it would be too late.

for (const form of all("form[data-seconds]")) {
  setTimeout(() => form.remove(), Number(form.dataset.seconds) * 1000);
}

// ---- A notice in the address is said once, not again on every reload.

if (new URLSearchParams(location.search).has("said")) {
  const plain = new URL(location.href);
  plain.searchParams.delete("said");
  plain.searchParams.delete("item");
  history.replaceState(null, "", plain);
}

// ---- Keys, in the queue and on an item.

const slips = () => all(".slip");
let at = -1;

function choose(step) {
  const found = slips();
  if (!found.length) return;
  at = Math.max(0, Math.min(found.length - 1, at + step));
  found.forEach((slip, number) => slip.classList.toggle("here", number === at));
  one("a.what", found[at]).focus();
}

function help() {
  const template = one("#help");
  if (!template) return;
  let dialog = one("body > dialog");
  if (!dialog) {
    dialog = template.content.firstElementChild.cloneNode(true);
    document.body.append(dialog);
  }
  dialog.showModal();
}

const keys = {
  j: () => choose(1),
  k: () => choose(-1),
  o: () => one("a.what", slips()[at] ?? document)?.click(),
  x: () => one("input[type=checkbox]", slips()[at] ?? document.createElement("p"))?.click(),
  r: () => {
    const bulk = one("#several");
    if (bulk) {
      const box = slips()[at] && one("input[type=checkbox]", slips()[at]);
      if (box && !one("input[name=item]:checked", bulk)) box.click();
      if (one("input[name=item]:checked", bulk)) one("#bulk button[value=release]").click();
    } else one("button[data-key=r]")?.focus();
  },
  "/": () => one("#search")?.focus(),
  "?": help,
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const action = keys[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

// ---- The bar for several messages shows how many are ticked.

const several = one("#several");
if (several) {
  const count = () => {
    const ticked = all("input[name=item]:checked", several).length;
    several.classList.toggle("ticking", ticked > 0);
    const label = one(".bulk-count", several);
    if (label) label.textContent = ticked ? `${ticked} ticked:` : "With the ticked ones:";
  };
  several.addEventListener("change", count);
  addEventListener("pageshow", count);
}

// ---- Only one of the choices is open at a time; Escape closes it.

document.addEventListener("click", (event) => {
  for (const pop of all("details.pop[open], details.me[open]")) {
    if (!pop.contains(event.target)) pop.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const pop of all("details.pop[open], details.me[open]")) {
    pop.open = false;
    one("summary", pop).focus();
  }
});

// ---- Live updates of the queue: what was decided elsewhere says so, what is new is announced.

if (document.body.classList.contains("queue") && window.EventSource) {
  const states = { releasing: "On its way", released: "Delivered", rejected: "Not sent", repaired: "Corrected" };
  let known = null;
  const shown = new URLSearchParams(slips().map((slip) => ["item", slip.dataset.item]));
  const stream = new EventSource(`/queue/events?${shown}`);
  stream.addEventListener("queue", (event) => {
    const now = JSON.parse(event.data);
    if (known) {
      for (const slip of slips()) {
        const id = slip.dataset.item;
        const state = now.items[id];
        if (state === known.items[id] || state === "held") continue;
        slip.classList.add("decided");
        one(".tick", slip)?.remove();
        const said = document.createElement("span");
        said.className = "state";
        said.textContent = states[state] ?? "Decided";
        all(".state", slip).forEach((old) => old.remove());
        one(".wait", slip).append(said);
      }
      if (now.newest && (!known.newest || Date.parse(now.newest) > Date.parse(known.newest))) announce();
    }
    known = now;
  });
  addEventListener("pagehide", () => stream.close());
}

function announce() {
  if (one(".news")) return;
  const news = document.createElement("p");
  news.className = "note news";
  news.setAttribute("role", "status");
  const link = document.createElement("a");
  link.href = location.href;
  link.textContent = "Something new is waiting. Show it.";
  news.append(link);
  one("main").prepend(news);
}

// ---- Passkeys.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

async function ask(form) {
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(form.dataset.options, { method: "POST", body });
  if (!answer.ok) throw new Error();
  const options = await answer.json();
  options.challenge = bytes(options.challenge);
  if (form.dataset.passkey === "add") {
    options.user.id = bytes(options.user.id);
    for (const each of options.excludeCredentials ?? []) each.id = bytes(each.id);
    return navigator.credentials.create({ publicKey: options });
  }
  return navigator.credentials.get({ publicKey: options });
}

function written(credential) {
  const { response } = credential;
  const out = { id: credential.id, rawId: text(credential.rawId), type: credential.type, response: {} };
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) out.response[name] = text(response[name]);
  }
  return JSON.stringify(out);
}

if (window.PublicKeyCredential) {
  for (const form of all("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const problem = one(".problem", form);
      problem.textContent = "";
      try {
        const credential = await ask(form);
        const body = new URLSearchParams(new FormData(form));
        body.set("answer", written(credential));
        const answer = await fetch(form.action, { method: "POST", body });
        const found = await answer.json();
        if (found.next) location.assign(found.next);
        else problem.textContent = found.problem;
      } catch {
        problem.textContent = "That did not work. Please try again.";
      }
    });
  }
}
