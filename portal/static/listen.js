// Reads the main part of a page aloud, or of a story what was told (data-aloud), sentence by
// sentence, and marks the sentence that is heard. It uses only voices that are on the device: with
// others the browser would send the text to somebody else.
const synth = window.speechSynthesis;
const panel = document.getElementById("listen");
const play = document.getElementById("listen-play");
const stop = document.getElementById("listen-stop");
const speed = document.getElementById("listen-speed");
const LONGEST = 600; // characters that a voice is given at once
const SILENT = "script, template, select, textarea, audio, video";

let sentences = [];
let at = 0;
let playing = false;
let turn = 0; // which sentence was begun last: what ends an earlier one is no news

function voiceFor(language) {
  const main = language.split("-")[0].toLowerCase();
  const ours = synth.getVoices().filter(
    (voice) => voice.localService && voice.lang.split(/[-_]/)[0].toLowerCase() === main);
  return ours.find((voice) => voice.default) ?? ours[0];
}

function pieces(text, language) {
  const found = "Segmenter" in Intl
    ? [...new Intl.Segmenter(language, { granularity: "sentence" }).segment(text)].map((one) => one.segment)
    : text.match(/[^.!?…\n]*[.!?…]+\s*|[^.!?…\n]+\n?|\n/g) ?? [];
  return found.flatMap((one) =>
    one.length > LONGEST ? one.match(new RegExp(`.{1,${LONGEST}}(?:\\s|$)|\\S{${LONGEST}}`, "gs")) : [one]);
}

function partsOf() {
  const told = [...document.querySelectorAll("[data-aloud]")];
  return told.length ? told : [document.getElementById("main")];
}

function languageOf(element) {
  return element.closest("[lang]").lang;
}

// What stands in the lines of something else belongs to its text.
function blockOf(element) {
  while (getComputedStyle(element).display.startsWith("inline")) element = element.parentElement;
  return element;
}

// The text that shows of each paragraph, heading and item, as a list of the nodes that hold it.
function blocksOf(part) {
  const blocks = [];
  const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
  let last = [];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (element.closest(SILENT) || element.checkVisibility?.() === false) continue;
    const here = [blockOf(element), languageOf(element)];
    if (here.some((one, at) => one !== last[at])) blocks.push([]);
    blocks.at(-1).push(walker.currentNode);
    last = here;
  }
  return blocks;
}

// Where a place in the text of these nodes is: in which node, and where in that.
function spot(nodes, place) {
  const node = nodes.find(({ length }) => length >= place || ((place -= length), false));
  return [node, place];
}

function sentencesOf(nodes) {
  const language = languageOf(nodes[0].parentElement);
  let end = 0;
  return pieces(nodes.map((node) => node.data).join(""), language).flatMap((text) => {
    const start = end + text.length - text.trimStart().length;
    end += text.length;
    if (!/[\p{L}\p{N}]/u.test(text)) return [];
    const range = document.createRange();
    range.setStart(...spot(nodes, start));
    range.setEnd(...spot(nodes, start + text.trim().length));
    return { text: text.trim(), language, range };
  });
}

function open() {
  sentences = partsOf().flatMap(blocksOf).flatMap(sentencesOf).filter(({ language }) => voiceFor(language));
  at = 0;
}

// The page itself stays as it is. A browser that cannot mark so only reads.
function mark(...sentence) {
  if ("Highlight" in window) CSS.highlights.set("aloud", new Highlight(...sentence.map(({ range }) => range)));
}

// Keeps the sentence in sight, above the switches where they stand at the foot of a small screen.
// Who has gone to another part of the page is not brought back.
function follow() {
  const foot = getComputedStyle(panel).position === "fixed" ? panel.getBoundingClientRect().top : innerHeight;
  const box = ({ range }) => range.getBoundingClientRect();
  const before = sentences[at - 1] && box(sentences[at - 1]);
  const now = box(sentences[at]);
  const wasSeen = before && before.bottom > 0 && before.top < foot;
  if (wasSeen && (now.top < 0 || now.bottom > foot)) scrollBy(0, now.top - foot / 3);
}

function speak() {
  const sentence = sentences[at];
  const mine = (turn += 1);
  if (sentence.range.collapsed) return next(); // the page has changed since
  const words = new SpeechSynthesisUtterance(sentence.text);
  words.lang = sentence.language;
  words.voice = voiceFor(sentence.language) ?? null;
  words.rate = Number(speed.value);
  words.onend = () => mine === turn && next();
  words.onerror = () => mine === turn && fail();
  mark(sentence);
  follow();
  synth.speak(words);
}

function next() {
  at += 1;
  if (at < sentences.length) speak();
  else end();
}

// Stops the voice. Not every browser can go on within a sentence, so it is begun again.
function hush() {
  turn += 1;
  synth.cancel();
}

function draw() {
  play.textContent = playing ? "Pause" : sentences.length ? "Go on" : "Listen";
  stop.hidden = !sentences.length;
  panel.classList.toggle("playing", sentences.length > 0);
}

function end() {
  hush();
  playing = false;
  sentences = [];
  mark();
  if (document.activeElement === stop) play.focus();
  draw();
}

function fail() {
  end();
  document.getElementById("status").textContent = "Your browser could not read this aloud.";
}

play.addEventListener("click", () => {
  playing = !playing;
  if (!playing) hush();
  else {
    if (!sentences.length) open();
    speak();
  }
  draw();
});
stop.addEventListener("click", end);
speed.addEventListener("change", () => {
  if (!playing) return;
  hush();
  speak();
});
addEventListener("pagehide", () => sentences.length && end());

// A switch that would do nothing is not shown: there must be a voice for the page's language.
function offer() {
  panel.hidden = !voiceFor(languageOf(partsOf().at(-1)));
}
offer();
synth.addEventListener?.("voiceschanged", offer);
