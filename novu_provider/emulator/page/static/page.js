// The page works without this script. It adds copy buttons, the state of bridges and the live log.
"use strict";

function copyButtons(root) {
  for (const button of root.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim() + "\n");
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
  }
}

// The server escapes all text in its fragments, and the content security policy allows no inline script.
async function fragments(root) {
  for (const place of root.querySelectorAll("[data-fragment]")) {
    const response = await fetch(place.dataset.fragment);
    if (response.ok) place.innerHTML = await response.text();
  }
}

function prepare(root) {
  copyButtons(root);
  fragments(root).catch(() => {});
}

let timer;

// Load the parts that show data again, except a part that somebody is using.
function refreshSoon() {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const response = await fetch(location.pathname + location.search, { headers: { accept: "text/html" } });
    if (!response.ok) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const part of document.querySelectorAll("[data-live]")) {
      const found = fresh.getElementById(part.id);
      const used = part.contains(document.activeElement) || part.open;
      if (found && !used) {
        part.replaceWith(found);
        prepare(found);
      }
    }
  }, 300);
}

function follow(log, after) {
  const state = document.getElementById("log-state");
  const source = new EventSource(`/local/events?after=${after}`);
  source.onopen = () => { if (state) state.textContent = "Live."; };
  source.onerror = () => { if (state) state.textContent = "The embedded Novu does not answer."; };
  source.onmessage = (event) => {
    const holder = document.createElement("template");
    holder.innerHTML = event.data;
    const writes = holder.content.querySelector("[data-writes]") !== null;
    if (log) {
      log.append(holder.content);
      while (log.children.length > 200) log.firstElementChild.remove();
      log.scrollTop = log.scrollHeight;
    }
    if (writes) refreshSoon();
  };
}

prepare(document);
const log = document.getElementById("log");
if (document.querySelector("[data-live]")) {
  if (log) log.scrollTop = log.scrollHeight;
  follow(log, document.body.dataset.after);
}
