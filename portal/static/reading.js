// Text size and spacing as this reader likes them. They are kept on this device, are sent nowhere,
// and are set before the page is drawn: this script holds the drawing up, so it stays small. What
// reads aloud (listen.js) is fetched only where the device has a voice of its own.
{
  const kept = "reading";
  const names = ["size", "spacing"];
  const root = document.documentElement;

  const read = () => {
    try {
      return JSON.parse(localStorage.getItem(kept)) ?? {};
    } catch {
      return {};
    }
  };

  const set = (name, value) => {
    if (value) root.dataset[name] = value;
    else delete root.dataset[name];
  };

  const choose = ({ target }) => {
    set(target.name, target.value);
    try {
      localStorage.setItem(kept, JSON.stringify({ ...read(), [target.name]: target.value }));
    } catch {
      // A browser that keeps nothing sets it for this page only.
    }
  };

  const chosen = read();
  root.classList.add("can-read");
  for (const name of names) set(name, chosen[name]);
  document.addEventListener("DOMContentLoaded", () => {
    const panel = document.getElementById("reading");
    if (!panel) return;
    for (const name of names) {
      const radio = panel.querySelector(`[name="${name}"][value="${CSS.escape(root.dataset[name] ?? "")}"]`);
      if (radio) radio.checked = true;
    }
    panel.addEventListener("change", choose);
    const offer = () => {
      const voices = window.speechSynthesis?.getVoices() ?? [];
      if (voices.some(({ localService }) => localService)) import(document.getElementById("listen").dataset.script);
    };
    offer();
    window.speechSynthesis?.addEventListener?.("voiceschanged", offer);
  });
}
