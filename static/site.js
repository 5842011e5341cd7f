// Comfort only: every page does everything without this file.
"use strict";

// After a refused form, start where it says what is wrong.
document.querySelector(".problems")?.focus();

// A button beside each password that shows what was typed, and hides it again before it is sent.
for (const input of document.querySelectorAll("input[type=password]")) {
  const button = document.createElement("button");
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    button.textContent = shown ? "Hide" : "Show";
    button.setAttribute("aria-label", `${button.textContent} password`);
  };
  button.type = "button";
  button.setAttribute("aria-controls", input.id);
  button.addEventListener("click", () => show(input.type === "password"));
  input.form?.addEventListener("submit", () => show(false));
  const pair = document.createElement("div");
  pair.className = "with";
  input.replaceWith(pair);
  pair.append(input, button);
  show(false);
}

// A button that copies an address which was made to be handed on. Browsers let only pages that came safely copy.
for (const link of navigator.clipboard ? document.querySelectorAll(".flash a") : []) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "small";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(link.href);
    button.textContent = "Copied";
  });
  link.after(button);
}

// The same moment in the reader's own zone, on pointing at it.
const local = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
for (const time of document.querySelectorAll("time[datetime*=T]")) {
  time.title = local.format(new Date(time.dateTime));
}

// What scrolls sideways can be reached by keyboard, in browsers that do not see to it themselves.
for (const block of document.querySelectorAll(".prose :is(pre, table)")) {
  if (block.scrollWidth > block.clientWidth) block.tabIndex = 0;
}

// Escape closes an open "More"; so does pressing elsewhere.
const close = (except) => {
  for (const more of document.querySelectorAll(".more[open]")) if (!more.contains(except)) more.open = false;
};
document.addEventListener("click", (event) => close(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const more = document.activeElement.closest(".more[open]");
  close(null);
  more?.firstElementChild.focus();
});
