// The captions of a sound, line by line under its player: browsers show them on films alone. The
// words stand below it too, for whoever has no script.
for (const sound of document.querySelectorAll("audio:has(track)")) {
  const line = sound.nextElementSibling;
  const { track } = sound.querySelector("track");
  track.mode = "hidden";
  track.addEventListener("cuechange", () => {
    const words = Array.from(track.activeCues ?? [], (cue) => cue.getCueAsHTML().textContent);
    line.textContent = words.join("\n");
  });
}
