// An answer to what somebody did, by a button, a link or a form, may take the title and the focus.
// What a page asks for by itself (a draft that is kept, a preview, who is here) takes neither.
// A title comes with its heading: a part of a page that is drawn anew has none.
const isAsked = ({ sourceEvent }) => ["click", "submit"].includes(sourceEvent?.type);
const MINUTE = 60_000;
let lastSaid = { at: -MINUTE, words: "" };
let saidLater;

document.addEventListener("htmx:before:swap", ({ detail: { ctx, tasks } }) => {
  const hasHeading = tasks.some(({ fragment }) => fragment.querySelector("h1"));
  if (!isAsked(ctx) || !hasHeading || ctx.response.status === 401) ctx.title = null;
  if (isAsked(ctx)) return;
  if (ctx.sourceElement.matches("[data-poll]")) sayOnceAMinute(tasks);
  for (const { fragment } of tasks) {
    for (const element of fragment.querySelectorAll("[autofocus]")) element.removeAttribute("autofocus");
  }
});

// What comes by itself is said at most once a minute (WCAG 2.2.4), and no words twice.
function sayOnceAMinute(tasks) {
  const said = tasks.findIndex(({ type, target }) => type === "oob" && target.id === "status");
  if (said >= 0) say(tasks.splice(said, 1)[0].fragment.querySelector(".spoken"));
}

function say(spoken) {
  const words = spoken.textContent.trim();
  const wait = lastSaid.at + MINUTE - performance.now();
  clearTimeout(saidLater);
  if (words === lastSaid.words) return;
  if (wait > 0) {
    saidLater = setTimeout(say, wait, spoken);
  } else {
    lastSaid = { at: performance.now(), words };
    document.getElementById("status").replaceChildren(spoken);
  }
}

// What htmx does not say by itself: that the server could not be reached.
// A request that repeats (data-poll) comes again, so that it may fail in silence.
function sayAway(ctx) {
  if (!ctx || ctx.sourceElement.matches("[data-poll]")) return;
  const status = document.getElementById("status");
  status.textContent = "We could not reach the site. What you typed is still here. Try again in a moment.";
}
document.addEventListener("htmx:error", ({ detail: { ctx } }) => sayAway(ctx));
// A proxy says so with a page of its own, which would take the place of what was typed.
const isByProxy = ({ status, headers }) => [502, 503, 504].includes(status) && !headers.has("HX-Retarget");
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  // What had to wait for the request before it goes on from what that one has kept.
  for (const name of ["draft_seen", "was"]) {
    const seen = ctx.request.form?.elements.namedItem(name)?.value;
    if (seen && ctx.request.body?.has(name)) ctx.request.body.set(name, seen);
  }
  if (!isAsked(ctx)) return;
  const files = ctx.sourceElement.querySelector?.("input[type=file]")?.files.length;
  document.getElementById("status").textContent = files ? "Your files are being sent." : "";
  document.getElementById("problem").replaceChildren();
});
document.addEventListener("htmx:before:response", (event) => {
  const { ctx } = event.detail;
  if (isByProxy(ctx.response)) {
    event.preventDefault();
    sayAway(ctx);
    return;
  }
  if (isAsked(ctx)) document.getElementById("status").textContent = "";
  const isShut = ctx.response.status === 401;
  if (isShut ? !sayShut(ctx) : ctx.sourceElement.matches("[data-poll]") && ctx.response.status >= 400) {
    event.preventDefault();
  } else if (!isShut) {
    for (const said of document.querySelectorAll(".shut")) said.remove();
  }
});

// Who is signed out reads it beside what they are typing, and nothing leads away from that.
// What repeats says it once.
function sayShut(ctx) {
  const said = document.querySelector(".shut");
  if (said && !isAsked(ctx)) return false;
  said?.remove();
  const place = document.createElement("div");
  place.className = "shut";
  const near = ctx.sourceEvent.submitter?.closest(".buttons") ?? ctx.sourceEvent.submitter ?? ctx.sourceElement;
  if (near.matches("[data-poll], form")) (near.closest("form") ?? document.getElementById("main")).append(place);
  else near.after(place);
  ctx.target = place;
  ctx.swap = "innerHTML";
  return true;
}

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
