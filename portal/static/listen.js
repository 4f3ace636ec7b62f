// Reads a page aloud, sentence by sentence, and marks the sentence that is heard. It uses only
// voices that are on the device: with others the browser would send the text to somebody else.
const synth = window.speechSynthesis;
const panel = document.getElementById("listen");
const play = document.getElementById("listen-play");
const stop = document.getElementById("listen-stop");
const speed = document.getElementById("listen-speed");
const parts = [...document.querySelectorAll("[data-aloud]")];
const LONGEST = 600; // characters that a voice is given at once
const BLOCKS = "h1, h2, h3, h4, p, li, blockquote";

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
    : text.match(/[^.!?…\n]+[.!?…]*\s*|\n/g) ?? [];
  return found.flatMap((one) =>
    one.length > LONGEST ? one.match(new RegExp(`.{1,${LONGEST}}(?:\\s|$)|\\S{${LONGEST}}`, "gs")) : [one]);
}

// The text of each paragraph, heading and item, as a list of the nodes that hold it.
function blocksOf(part) {
  const blocks = [];
  const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
  let last;
  while (walker.nextNode()) {
    const block = walker.currentNode.parentElement.closest(BLOCKS) ?? part;
    if (block !== last) blocks.push([]);
    blocks.at(-1).push(walker.currentNode);
    last = block;
  }
  return blocks;
}

// Puts each sentence into spans of its own. One that runs through a link or bold words gets several.
function cut(nodes, language) {
  const ends = [];
  let length = 0;
  const found = pieces(nodes.map((node) => node.data).join(""), language).map((text) => {
    length += text.length;
    ends.push(length);
    return { text: text.trim(), language, spans: [] };
  });
  let index = 0;
  let place = 0;
  for (const node of nodes) {
    let rest = node;
    while (rest.length) {
      while (ends[index] <= place) index += 1;
      const next = rest.length > ends[index] - place ? rest.splitText(ends[index] - place) : new Text();
      place += rest.length;
      if (rest.data.trim()) {
        const span = document.createElement("span");
        rest.replaceWith(span);
        span.append(rest);
        found[index].spans.push(span);
      }
      rest = next;
    }
  }
  return found.filter(({ text }) => /[\p{L}\p{N}]/u.test(text));
}

function open() {
  sentences = parts.flatMap((part) => {
    const language = part.lang || document.documentElement.lang;
    return blocksOf(part).flatMap((nodes) => cut(nodes, language));
  });
  at = 0;
}

function close() {
  for (const span of sentences.flatMap((one) => one.spans)) span.replaceWith(...span.childNodes);
  for (const part of parts) part.normalize();
  sentences = [];
}

function mark(sentence, on) {
  for (const span of sentence?.spans ?? []) span.classList.toggle("aloud", on);
}

function isSeen(node) {
  const { top, bottom } = node.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}

function show() {
  const before = sentences[at - 1]?.spans.at(-1);
  const now = sentences[at].spans[0];
  // Who has gone to another part of the page is not brought back.
  if (before && now && isSeen(before) && !isSeen(sentences[at].spans.at(-1))) now.scrollIntoView({ block: "center" });
}

function speak() {
  const sentence = sentences[at];
  const mine = (turn += 1);
  const words = new SpeechSynthesisUtterance(sentence.text);
  words.lang = sentence.language;
  words.voice = voiceFor(sentence.language) ?? null;
  words.rate = Number(speed.value);
  words.onend = () => mine === turn && next();
  words.onerror = () => mine === turn && fail();
  mark(sentence, true);
  show();
  synth.speak(words);
}

function next() {
  mark(sentences[at], false);
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
  if (document.activeElement === stop) play.focus();
  close();
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
  mark(sentences[at], false);
  speak();
});
addEventListener("pagehide", () => sentences.length && end());

// A switch that would do nothing is not shown: there must be a voice for the story's language.
function offer() {
  panel.hidden = !voiceFor(parts.at(-1).lang);
}
if (synth && parts.length) {
  offer();
  synth.addEventListener?.("voiceschanged", offer);
}
