// What htmx does not say by itself: that the server could not be reached.
document.addEventListener("htmx:error", (event) => {
  if (!event.detail.ctx) return;
  const status = document.getElementById("status");
  status.textContent = "We could not reach the site. What you typed is still here. Try again in a moment.";
});
document.addEventListener("htmx:before:request", () => {
  document.getElementById("status").textContent = "";
  document.getElementById("problem").replaceChildren();
});
