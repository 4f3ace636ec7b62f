// Records sound or film in the page. What the person sees is in templates/stories/files/_record.html.
// What they keep is put into the form for files and sent with it, the way that every file goes.
import { Capture } from "./capture.js";

const MEGA = 1024 * 1024;
const LOOK = 200; // milliseconds between two looks at time and loudness
const QUIET = 25;
const LOUD = 92;

const SOUND = { now: "Recording sound", done: "Listen to your recording", name: "Sound", device: "microphone" };
const FILM = { now: "Recording film", done: "Watch your film", name: "Film", device: "camera or microphone" };
const KINDS = { sound: SOUND, film: FILM };
const REASONS = {
  stopped: "",
  full: "It is as large as we can take, so it was stopped here.",
  lost: "The device was disconnected. What you recorded before that is here.",
};
// By the browser's name for it: what is the matter, and what to do.
const TROUBLES = {
  NotAllowedError: [
    "We may not use your DEVICE",
    "Your browser did not allow it. Press the sign beside the address of this page and allow it there. Then press the button again.",
  ],
  NotFoundError: ["We found no DEVICE", "Connect one, or switch it on. Then press the button again."],
  NotReadableError: [
    "Your DEVICE does not answer",
    "Another program may be using it. Close that one. Then press the button again.",
  ],
  Nothing: ["There is nothing on the recording", "Is your DEVICE on? Then press the button again."],
};
const OTHER_TROUBLE = ["Your browser cannot record here", "Try it with another browser or another device."];

function plural(number, word) {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

function spoken(seconds) {
  const minutes = Math.floor(seconds / 60);
  const rest = plural(seconds % 60, "second");
  return minutes ? `${plural(minutes, "minute")} ${rest}` : rest;
}

function loudness(level) {
  if (level === undefined) return "There is no microphone, so it has no sound.";
  if (level === 0) return "We hear nothing. Is the microphone on?";
  if (level < QUIET) return "It is quiet. Come nearer, or speak up.";
  return level > LOUD ? "It is very loud. Move back a little." : "The loudness is good.";
}

function fileName(kind, ending) {
  const at = new Date();
  const day = at.toLocaleDateString("en-GB", { day: "numeric", month: "long" });
  const time = at.toLocaleTimeString("en-GB").replaceAll(":", ".");
  return `${kind.name} of ${day} at ${time}.${ending}`;
}

function uploadForm() {
  return document.querySelector("form[data-upload]");
}

// The heading of a file in the list of files.
function rowOf(name) {
  return [...document.querySelectorAll("#files-list h3")].find((one) => one.textContent === name);
}

class Recorder {
  constructor(root) {
    this.root = root;
    root.addEventListener("click", (event) => {
      const button = event.target.closest("[data-do]");
      if (button) this[button.dataset.do]();
    });
    addEventListener("beforeunload", (event) => {
      if (!["idle", "sending"].includes(this.state)) event.preventDefault();
    });
    this.go("idle");
    root.hidden = false;
  }

  part(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }

  button(name) {
    return this.root.querySelector(`[data-do="${name}"]`);
  }

  say(words) {
    this.part("said").textContent = words;
  }

  // Show what belongs to a state. What has the focus may be hidden by that: `focus` gets it.
  go(state, focus) {
    this.state = this.root.dataset.state = state;
    for (const group of this.root.querySelectorAll("[data-for]")) {
      group.hidden = !group.dataset.for.split(" ").includes(state);
    }
    focus?.focus();
  }

  sound() {
    return this.start("sound");
  }

  film() {
    return this.start("film");
  }

  async start(key) {
    if (this.isAsking) return;
    this.isAsking = true;
    this.key = key;
    this.kind = KINDS[key];
    this.part("trouble").hidden = true;
    this.say("Your browser may ask you now. Allow it.");
    const most = (uploadForm()?.dataset.fileMb ?? Infinity) * MEGA;
    this.capture = new Capture(key === "film", most, {
      near: (seconds) => this.say(`There is room for about ${spoken(seconds)} more.`),
      end: (result) => this.finish(result),
    });
    try {
      await this.capture.start();
      this.show();
    } catch (error) {
      this.capture.release();
      this.trouble(error.name);
    } finally {
      this.isAsking = false;
    }
  }

  trouble(name) {
    const box = this.part("trouble");
    const [title, text] = TROUBLES[name] ?? OTHER_TROUBLE;
    box.querySelector("h3").textContent = title.replace("DEVICE", this.kind.device);
    box.querySelector("p").textContent = text.replace("DEVICE", this.kind.device);
    box.hidden = false;
    this.say("");
    this.go("idle", box);
  }

  show() {
    const preview = this.part("preview");
    preview.hidden = this.key !== "film";
    preview.srcObject = preview.hidden ? null : this.capture.stream;
    if (!preview.hidden) preview.play().catch(() => {}); // it is only a mirror
    this.part("gauge").hidden = this.capture.loudest === undefined;
    this.part("now").textContent = this.kind.now;
    this.button("pause").textContent = "Pause";
    this.watch = setInterval(() => this.look(), LOOK);
    this.look();
    this.say(this.capture.loudest === undefined ? loudness() : "");
    this.go("recording", this.part("now"));
  }

  look() {
    const { seconds } = this.capture;
    this.part("time").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    this.part("level").value = this.capture.hear();
  }

  pause() {
    const { isPaused } = this.capture;
    if (isPaused) this.capture.goOn();
    else this.capture.pause();
    this.part("now").textContent = isPaused ? this.kind.now : "Paused";
    this.button("pause").textContent = isPaused ? "Pause" : "Go on";
    this.say(isPaused ? "Recording." : `Paused at ${spoken(this.capture.seconds)}.`);
    this.go(isPaused ? "recording" : "paused");
  }

  tell() {
    this.say(`${spoken(this.capture.seconds)}. ${loudness(this.capture.loudest)}`);
  }

  stop() {
    this.capture.stop();
  }

  finish({ blob, ending, reason }) {
    clearInterval(this.watch);
    this.part("preview").srcObject = null;
    if (!blob.size) {
      this.trouble("Nothing");
      return;
    }
    this.file = new File([blob], fileName(this.kind, ending), { type: blob.type });
    this.part("done").textContent = this.kind.done;
    const size = blob.size < MEGA ? "less than 1 MB" : `${Math.round(blob.size / MEGA)} MB`;
    this.part("facts").textContent = `It is ${spoken(this.capture.seconds)} long and has ${size}.`;
    this.load(blob);
    this.say(REASONS[reason]);
    this.go("recorded", this.part("done"));
  }

  load(blob) {
    this.address = URL.createObjectURL(blob);
    for (const key of Object.keys(KINDS)) this.part(key).hidden = key !== this.key;
    const player = this.part(this.key);
    player.addEventListener("loadedmetadata", () => this.measure(player), { once: true });
    player.src = this.address;
  }

  // What was just recorded does not say how long it is. The browser finds out when it seeks the end.
  measure(player) {
    if (Number.isFinite(player.duration)) return;
    player.addEventListener("durationchange", () => { player.currentTime = 0; }, { once: true });
    player.currentTime = Number.MAX_SAFE_INTEGER;
  }

  forget() {
    const player = this.part(this.key);
    player.removeAttribute("src");
    player.load();
    URL.revokeObjectURL(this.address);
    this.file = null;
  }

  keep() {
    const form = uploadForm();
    if (!form) {
      this.say("You have as many files as we can take. Remove one below. Then press it again.");
      return;
    }
    this.part(this.key).pause();
    this.go("sending");
    this.say("We are sending it. You find it under “Your files”.");
    this.send(form);
  }

  // Send it alone. What else was chosen in the form stays chosen.
  send(form) {
    const chosen = form.elements.files;
    const others = chosen.files;
    const mine = new DataTransfer();
    mine.items.add(this.file);
    chosen.files = mine.files;
    form.requestSubmit();
    const name = rowOf(this.file.name);
    if (!name) return; // without upload.js the page goes on as with any form
    chosen.files = others;
    name.focus();
    this.follow(name.closest(".file"));
  }

  // upload.js puts another row in the place of this one when the file has come, and takes the
  // progress away from it when it has not.
  follow(row) {
    const observer = new MutationObserver(() => {
      const isLost = row.isConnected && !row.querySelector("progress");
      if (row.isConnected && !isLost) return;
      observer.disconnect();
      if (isLost) this.lost();
      else this.taken();
    });
    observer.observe(document.getElementById("files"), { childList: true, subtree: true });
  }

  taken() {
    const { activeElement } = document;
    const isLost = activeElement === document.body || this.root.contains(activeElement);
    const name = rowOf(this.file.name);
    if (name) name.tabIndex = -1;
    this.forget();
    this.say("");
    this.go("idle", isLost ? name : null);
  }

  lost() {
    this.say("It was not sent. It is still here.");
    this.go("recorded");
  }

  again() {
    this.part(this.key).pause();
    this.say("");
    this.go("asking", this.part("asking"));
  }

  back() {
    this.go("recorded", this.part("done"));
  }

  anew() {
    this.forget();
    this.go("idle", this.button(this.key));
    return this.start(this.key);
  }
}

function prepare() {
  const root = document.getElementById("recorder");
  if (!root?.hidden || !navigator.mediaDevices?.getUserMedia || !window.MediaRecorder) return;
  root.parentElement.querySelector("[data-without]").remove();
  new Recorder(root);
}

prepare();
document.addEventListener("htmx:after:swap", prepare);
