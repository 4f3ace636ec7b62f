// What only the team's pages do.

// What can be undone for some seconds (data-lasts) goes when they are over, and what stands behind
// it shows. Whoever was on its button is led there, and hears it.
const since = new WeakMap();

function letGo(part) {
  const after = part.nextElementSibling;
  const had = part.contains(document.activeElement);
  part.remove();
  after.hidden = false;
  if (had) after.focus();
}

function letGoOfTheOld() {
  for (const part of document.querySelectorAll("[data-lasts]")) {
    if (!since.has(part)) since.set(part, Date.now());
    if (Date.now() - since.get(part) >= part.dataset.lasts * 1000) letGo(part);
  }
}
letGoOfTheOld();
setInterval(letGoOfTheOld, 500);
document.addEventListener("htmx:after:swap", letGoOfTheOld);

// The keyboard shortcuts of the team's pages. Each does what a link or a button on the page does.
const typing = "input, select, textarea, [contenteditable]";

function step(by) {
  const links = [...document.querySelectorAll(".rows .subject")];
  const here = links.indexOf(document.activeElement.closest?.(".row")?.querySelector(".subject"));
  links[Math.min(Math.max(here + by, 0), links.length - 1)]?.focus();
}

function press(action) {
  document.querySelector(`form button[name="do"][value="${action}"]`)?.click();
}

// What each key does is said in templates/inbox/keys.html.
const keys = {
  j: () => {
    const following = document.querySelector(".jumps [rel=next]");
    if (following) following.click();
    else step(1);
  },
  k: () => step(-1),
  o: () => document.activeElement.closest?.(".row")?.querySelector(".subject").click(),
  r: () => document.getElementById("text")?.focus(),
  n: () => document.getElementById("note")?.focus(),
  a: () => press("mine"),
  e: () => press("close"),
  "/": () => document.getElementById("q")?.focus(),
  "?": () => location.assign("/inbox/keys"),
};

document.addEventListener("keydown", (event) => {
  const busy = event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented;
  if (busy || !("shortcuts" in document.body.dataset) || event.target.closest(typing)) return;
  if (!Object.hasOwn(keys, event.key)) return;
  event.preventDefault();
  keys[event.key]();
});

// Ctrl + Enter in a text presses a button of its form, and with Shift another.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const { form } = event.target;
  const chord = event.shiftKey ? "Control+Shift+Enter" : "Control+Enter";
  const button = form?.querySelector(`[aria-keyshortcuts="${chord}"]`);
  if (!button) return;
  event.preventDefault();
  if (event.shiftKey) form.elements.next.checked = true;
  button.click();
});
