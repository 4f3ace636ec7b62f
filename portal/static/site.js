// What htmx does not say by itself: that the server could not be reached.
document.addEventListener("htmx:error", (event) => {
  if (!event.detail.ctx || event.detail.ctx.sourceElement.matches("[data-poll]")) return;
  const status = document.getElementById("status");
  status.textContent = "We could not reach the site. What you typed is still here. Try again in a moment.";
});
document.addEventListener("htmx:before:request", (event) => {
  if (event.detail.ctx.sourceElement.matches("[data-poll]")) return;
  document.getElementById("status").textContent = "";
  document.getElementById("problem").replaceChildren();
});
