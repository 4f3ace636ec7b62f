// Large files in pieces: it shows how much has come, and goes on after a lost connection by itself.
// What the person sees is in templates/stories/files/_files.html. Without this the form there works as it is.
const PIECE = 5 * 1024 * 1024;
const WAITS = [1000, 3000, 5000, 10000, 20000];
const LATER = 30000;
const PATIENCE = 10000; // milliseconds in which files are looked at before it is said that they are
const LOST = "The connection is lost. It goes on by itself when the connection is back.";
const STEP = 25; // percent between two announcements
const MB = 1024 * 1024;

function say(words) {
  document.getElementById("status").textContent = words;
}

function show(row, words, percent) {
  row.querySelector(".file-state").textContent = words;
  if (percent !== undefined) row.querySelector("progress").value = percent;
}

// What came of this file before the page was loaded anew.
function unfinished(file) {
  return [...document.querySelectorAll("[data-unfinished]")].find(
    (one) => one.dataset.name === file.name && Number(one.dataset.size) === file.size,
  );
}

function makeRow(form, file) {
  const row = document.getElementById("files-row").content.cloneNode(true).firstElementChild;
  const name = row.querySelector("h3");
  name.textContent = file.name;
  name.tabIndex = -1;
  for (const spoken of row.querySelectorAll(".spoken")) spoken.textContent = `(${file.name})`;
  row.querySelector("progress").setAttribute("aria-label", `How much of ${file.name} has arrived`);
  const before = unfinished(file);
  if (before) before.replaceWith(row);
  else document.getElementById("files-list").append(row);
  document.getElementById("files-none")?.remove();
  return { row, address: before?.dataset.unfinished };
}

// The refusal in the server's words, or nothing where it could not be reached.
function refusal(error) {
  const answer = error.originalResponse;
  const status = answer?.getStatus() ?? 0;
  return status >= 400 && status < 500 ? answer.getBody() || "Try again, or write to us." : "";
}

function end(row, state, words) {
  const had = row.contains(document.activeElement);
  row.querySelector("progress").remove();
  row.querySelector(".buttons").remove();
  row.dataset.state = state;
  show(row, words);
  if (had) row.querySelector("h3").focus();
}

function refuse(row, why) {
  end(row, "refused", ` ${why}`);
  const words = document.createElement("strong");
  words.textContent = "We could not take it.";
  row.querySelector(".file-state").prepend(words);
}

// Puts the file as the server has it in place of the row.
async function renew(row, place) {
  const had = row.contains(document.activeElement);
  await htmx.ajax("GET", place, { target: row, swap: "outerHTML" });
  const file = document.getElementById(`file-${place.split("/").pop()}`);
  if (had) file?.querySelector("h3").focus();
}

function tell(file) {
  if (file) say(`${file.querySelector("h3").textContent}: ${file.querySelector(".file-state").textContent.trim()}`);
}

// The files that were added together. What became of them is said once, when none is on its way.
let added = [];
let sending = 0;
let patience = 0;

const files = (number) => (number === 1 ? "1 file is" : `${number} files are`);

function settle(isPatient = true) {
  const rows = added.map(({ id, row }) => document.getElementById(id) ?? row);
  const of = (state) => rows.filter((row) => row.dataset.state === state);
  if (!rows.length || sending || (isPatient && of("checking").length)) return;
  clearTimeout(patience);
  added = [];
  if (rows.length === 1) tell(rows[0]);
  else {
    const [checking, refused, stopped] = ["checking", "refused", "stopped"].map((state) => of(state).length);
    const parts = [`${files(of("kept").length)} saved.`];
    if (checking) parts.push(`${files(checking)} still being checked.`);
    if (refused) parts.push(`${refused} we could not take.`);
    if (stopped) parts.push(`${stopped} you stopped.`);
    say(parts.join(" "));
  }
  lead(rows, of("refused")[0]);
}

// To the first file that was refused, unless the person has gone on to something else.
function lead(rows, refused) {
  const here = document.activeElement;
  const isFree = here === document.body || here.closest("[data-upload]") || rows.some((row) => row.contains(here));
  if (!refused || !isFree) return;
  const name = refused.querySelector("h3");
  const why = refused.querySelector(".file-state");
  why.id ||= `why-${Date.now()}`;
  name.setAttribute("aria-describedby", why.id);
  name.focus();
}

function send(form, entry, file, isAlone) {
  const { row, address } = entry;
  const again = row.querySelector("[data-again]");
  let announced = 0;
  let later = 0;

  return new Promise((done) => {
    const upload = new tus.Upload(file, {
      endpoint: form.dataset.upload,
      uploadUrl: address,
      chunkSize: PIECE,
      retryDelays: WAITS,
      storeFingerprintForResuming: false,
      metadata: { filename: file.name },
      onProgress(sent, size) {
        const percent = Math.floor((100 * sent) / size);
        show(row, `${percent}% has arrived.`, percent);
        if (percent < announced + STEP || percent === 100 || !(isAlone || size > PIECE)) return;
        announced = percent - (percent % STEP);
        say(`${file.name}: ${announced}% has arrived.`);
      },
      onError(error) {
        const words = refusal(error);
        if (words) return over(() => refuse(row, words));
        show(row, LOST);
        say(`${file.name}: ${LOST}`);
        again.hidden = false;
        later = setTimeout(goOn, LATER);
      },
      onSuccess() {
        show(row, "It has arrived. We are checking it.", 100);
        const key = upload.url.split("/").pop();
        entry.id = `file-${key}`;
        over(() => renew(row, form.dataset.upload.replace(/tus$/, key)));
      },
    });

    function goOn() {
      if (again.hidden) return;
      clearTimeout(later);
      if (document.activeElement === again) row.querySelector("[data-stop]").focus();
      again.hidden = true;
      show(row, "It goes on.");
      upload.start();
    }

    async function over(last) {
      removeEventListener("online", goOn);
      clearTimeout(later);
      await last();
      done();
    }

    row.querySelector("[data-stop]").addEventListener("click", async () => {
      const kept = await upload.abort(Boolean(upload.url)).then(() => "We kept nothing of it.", () => "We delete what has arrived after a day.");
      over(() => end(row, "stopped", `You stopped it. ${kept}`));
    });
    again.addEventListener("click", goOn);
    addEventListener("online", goOn);
    show(row, "It is starting.", 0);
    upload.start();
  });
}

// What can be seen to be too large is not sent at all.
function problem(form, file) {
  if (!file.size) return form.dataset.empty;
  if (file.size > form.dataset.fileMb * MB) return form.dataset.tooLarge;
  return "";
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.upload || !tus.isSupported || !form.elements.files.files.length) return;
  event.preventDefault();
  const chosen = [...form.elements.files.files];
  form.reset();
  say(chosen.length === 1 ? `${chosen[0].name} is being sent.` : `${files(chosen.length)} being sent.`);
  sending += 1;
  for (const file of chosen) {
    const entry = makeRow(form, file);
    const words = problem(form, file);
    added.push(entry);
    if (words) refuse(entry.row, words);
    else await send(form, entry, file, chosen.length === 1);
  }
  sending -= 1;
  clearTimeout(patience);
  patience = setTimeout(settle, PATIENCE, false);
  settle();
});

// A file that was being checked: say what became of it, and leave nobody's focus nowhere.
const checked = new WeakMap();

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  if (!ctx.sourceElement.matches(".file[data-poll]")) return;
  checked.set(ctx, { id: ctx.sourceElement.id, had: ctx.sourceElement.contains(document.activeElement) });
});
document.addEventListener("htmx:after:swap", (event) => {
  const before = checked.get(event.detail.ctx);
  const file = before && document.getElementById(before.id);
  if (before?.had) file?.querySelector("h3").focus();
  if (added.some(({ id }) => id === before?.id)) settle();
  else tell(file);
});
