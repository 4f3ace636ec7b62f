// An answer to what somebody did, by a button, a link or a form, may take the title and the focus.
// What a page asks for by itself (a draft that is kept, a preview, who is here) takes neither.
const isAsked = ({ sourceEvent }) => ["click", "submit"].includes(sourceEvent?.type);
document.addEventListener("htmx:before:swap", ({ detail: { ctx, tasks } }) => {
  if (isAsked(ctx)) return;
  ctx.title = null;
  for (const { fragment } of tasks) {
    for (const element of fragment.querySelectorAll("[autofocus]")) element.removeAttribute("autofocus");
  }
});

// What htmx does not say by itself: that the server could not be reached.
// A request that repeats (data-poll) comes again, so that it may fail in silence.
document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (!ctx || ctx.sourceElement.matches("[data-poll]")) return;
  const status = document.getElementById("status");
  status.textContent = "We could not reach the site. What you typed is still here. Try again in a moment.";
});
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if (!isAsked(ctx)) return;
  document.getElementById("status").textContent = "";
  document.getElementById("problem").replaceChildren();
});
document.addEventListener("htmx:before:response", (event) => {
  const { ctx } = event.detail;
  if (ctx.sourceElement.matches("[data-poll]") && ctx.response.status >= 400) event.preventDefault();
});

// A private link is copied where the browser lets a page do that.
document.documentElement.classList.toggle("can-copy", "clipboard" in navigator);
document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  const status = document.getElementById("status");
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    status.textContent = "The link is copied. Paste it where you want to keep it.";
    button.textContent = "Copied";
  } catch {
    button.closest(".private").querySelector("details").open = true;
    status.textContent = "Your browser did not let us copy it. The address is below the button now.";
  }
});

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
  j: () => step(1),
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
