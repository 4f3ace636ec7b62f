// Lets a browser make or use a passkey (WebAuthn), and sends the form with what it said.
function publicKey(form) {
  const options = JSON.parse(form.dataset.options);
  return form.dataset.passkey === "create"
    ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
}

async function send(event) {
  event.preventDefault();
  const form = event.target;
  try {
    form.elements.credential.value = JSON.stringify(await publicKey(form));
    form.submit();
  } catch {
    document.getElementById("status").textContent = "Your browser used no passkey. Try again, or go on another way.";
  }
}

// No browser makes a passkey for a site that is only a number, such as 127.0.0.1.
const isNumber = /^[\d.]+$|:/.test(location.hostname);
if (window.PublicKeyCredential?.parseRequestOptionsFromJSON && !isNumber) {
  for (const form of document.querySelectorAll("[data-passkey]")) {
    form.hidden = false;
    form.nextElementSibling.remove(); // what says that passkeys need this script
    form.addEventListener("submit", send);
  }
}
